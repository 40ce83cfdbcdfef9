"""Encryption, certificates and the cut-over of the plaintext port."""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.steps.form import FormStep, heading
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.option_widgets import Option
from wizard.model.answers import ClientCertificates, KeyType, Plaintext

_PLAINTEXT = (
    Option(key=Plaintext.DRAIN, label="drain", detail="closes when unused"),
    Option(key=Plaintext.CLOSE, label="close", detail="disconnects clients without TLS"),
    Option(key=Plaintext.KEEP, label="keep", detail="both ports stay open"),
)
_CLIENTS = (
    Option(key=ClientCertificates.REQUIRED, label="required"),
    Option(key=ClientCertificates.OPTIONAL, label="optional", detail="checked if present"),
    Option(key=ClientCertificates.NO, label="no", detail="password only"),
)
_KEYS = (
    Option(key=KeyType.EC_P256, label="EC P-256"),
    Option(key=KeyType.RSA_2048, label="RSA 2048"),
    Option(key=KeyType.RSA_4096, label="RSA 4096", detail="slow handshakes"),
)


class TlsStep(FormStep):
    """Asks for encryption and certificates."""

    step = "tls"

    def body(self) -> ComposeResult:
        """Yield the switch, the ports, the authority, the server's and the clients' certificates."""
        instance = self.session.instance
        if instance is not None and instance.tls_build is False:
            yield Static(literal("[ -- ] this server is built without TLS, so the plan leaves TLS out", TextStyle.WARN))
        yield self.tick("tls.enabled")
        yield self.line("tls.port", width=8)
        yield self.pick("tls.plaintext", _PLAINTEXT)
        yield self.pick("tls.client_certificates", _CLIENTS)
        yield heading("Certificates")
        yield self.line("tls.authority")
        yield self.line("tls.authority_key")
        yield self.line("tls.authority_key_passphrase_file")
        yield self.line("tls.names", width=30)
        yield self.pick("tls.key_type", _KEYS)
        yield self.line("tls.server_days", width=8)
        yield self.line("tls.client_days", width=8)
        yield self.line("tls.authority_days", width=8)
        yield self.tick("tls.replication")
