"""Encryption, certificates and the cut-over of the plaintext port."""

from contextlib import suppress

from textual.app import ComposeResult
from textual.widgets import Static

from screens.fields import is_asked
from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.names_field import NamesField, Offer
from screens.widgets.option_widgets import Option
from wizard.errors import WizardError
from wizard.model.answers import ClientCertificates, KeyType, Plaintext
from wizard.planning.preview.connections import connection_preview

_NAMES = "tls.names"
_FILES = ("tls.certificate", "tls.certificate_key", "tls.authority", "tls.authority_key")

_PLAINTEXT = (
    Option(key=Plaintext.DRAIN, label="drain"),
    Option(key=Plaintext.CLOSE, label="close"),
    Option(key=Plaintext.KEEP, label="keep"),
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

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._typed_now = session
        self._effect = Static(classes="effect")
        self._certificate = Static(classes="effect")
        self._names: NamesField | None = None
        self._offered: Offer = ((), ())
        self._own_keys: list[Field] = []

    def body(self) -> ComposeResult:
        """Yield the switch, the ports, the names, the authority, the server's and the clients' certificates."""
        instance = self.session.instance
        if instance is not None and instance.tls_build is False:
            yield Static(literal("[ -- ] this server is built without TLS, so the plan leaves TLS out", TextStyle.WARN))
        yield self.tick("tls.enabled")
        yield self.line("tls.port", width=8)
        yield self.pick("tls.plaintext", _PLAINTEXT)
        yield self._effect
        yield self.pick("tls.client_certificates", _CLIENTS)
        self._names = NamesField(_NAMES, self.session.raw(_NAMES), self._offer)
        yield self.field(self._names)
        yield heading("Authority and certificates")
        yield self._certificate
        yield self.line("tls.certificate")
        yield self._own_key("tls.certificate_key")
        yield self.line("tls.authority")
        yield self._own_key("tls.authority_key")
        yield self.line("tls.authority_key_passphrase_file")
        yield self.pick("tls.key_type", _KEYS)
        yield self.line("tls.server_days", width=8)
        yield self.line("tls.client_days", width=8)
        yield self.line("tls.authority_days", width=8)
        yield self.tick("tls.replication")

    def _own_key(self, name: str) -> Field:
        """Return the line for the key of what is not made here."""
        field = self.line(name)
        self._own_keys.append(field)
        return field

    def show_typed(self, session: Session) -> None:
        """Show what happens to the plaintext port, and the names that `auto` stands for, by what is typed now."""
        self._typed_now = session
        if self._names is not None:
            self._names.redraw()
        for field in self._own_keys:
            field.display = is_asked(session.answers, field.answer)
        if session.detection is None:
            return
        with suppress(WizardError):  # half of an address is typed; the line below its field says so
            found = session.detection
            preview = connection_preview(found.facts, session.instance, session.answers, found.sources)
            tone = TextStyle.WARN if preview.harmful else TextStyle.ACCENT
            self._effect.update(literal(preview.plaintext, tone))
            refused = any(session.error(name) for name in _FILES)
            said = "These files are not used until they pass; see below." if refused else preview.certificate
            self._certificate.update(literal(said, TextStyle.WARN if refused else TextStyle.ACCENT))

    def _offer(self) -> Offer:
        session = self._typed_now
        if session.facts is not None:
            with suppress(WizardError):  # half of a name is typed: the boxes stay
                preview = connection_preview(session.facts, session.instance, session.answers)
                self._offered = (preview.automatic, preview.others)
        return self._offered
