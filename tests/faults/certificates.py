"""A renewed certificate is rolled back on a hardened host: clients outside of it are served the one before."""

import random

from tests.faults.stage import SECRETS, Stage

ANSWERS = "/root/answers.toml"
WORKER = "redis-wizard-apply.service"
FILE = "/etc/redis/certs/server.crt"
FINGERPRINT = "openssl x509 -noout -fingerprint -sha256"
WAYS = ("silence", "kill", "kill unit", "freeze", "command")
_LONG = {"kill", "kill unit", "command"}
"""These do not wait for the deadline."""
_LOGIN = ("--user", "admin", "--password-file", SECRETS)


def certificate_rolled_back(stage: Stage, chance: random.Random, way: str = "") -> None:
    """A certificate is renewed and rolled back: by silence, a worker that is killed or frozen, or the command."""
    harden_with_a_listener_for_other_hosts(stage)
    before = certificates(stage)
    process = stage.shell("systemctl show -P MainPID redis-server")
    name_another_host(stage)
    way = way or chance.choice(WAYS)
    stage.begin("--answers", ANSWERS, *_LOGIN, "--confirm-within", "600" if way in _LONG else "6")
    stage.wait_for_window()
    if not _is_one(before) or not _is_one(during := certificates(stage)) or during == before:
        stage.notes.append(f"no certificate was renewed: {before}")
    match way:
        case "kill":
            stage.shell(f"systemctl kill -s KILL --kill-whom=main {WORKER}")
        case "kill unit":
            stage.signal_front_end("KILL")
            stage.shell(f"systemctl kill -s KILL {WORKER}")
        case "freeze":
            stage.shell(f"systemctl kill -s STOP {WORKER}")
        case "command":
            stage.rollback()
        case _:
            pass  # nobody decides: it expires
    stage.finish()
    stage.settle()
    if (after := certificates(stage)) != before:
        stage.notes.append(f"after {way} the file and the server have {after}, before {before}")
    if stage.shell("systemctl show -P MainPID redis-server") != process:
        stage.notes.append(f"after {way} the server was restarted for its certificate")


def harden_with_a_listener_for_other_hosts(stage: Stage) -> None:
    """Harden a host whose server listens on the network too."""
    stage.shell(f"redis-wizard answers init {ANSWERS}")
    stage.shell(f'sed -i \'s/^bind = .*/bind = ["loopback", "interface:eth0"]/\' {ANSWERS}')
    stage.harden("--answers", ANSWERS)


def name_another_host(stage: Stage) -> None:
    """Answer with a further name of the server: its certificate is made again."""
    stage.shell(f'sed -i \'s/^names = .*/names = ["auto", "r2.example"]/\' {ANSWERS}')


def certificates(stage: Stage) -> tuple[str, str]:
    """Return the fingerprints of the file and of what another machine is served."""
    asked = f"openssl s_client -connect {stage.host.address()}:6380 </dev/null 2>/dev/null | {FINGERPRINT}"
    served = stage.host.lab("sh", "-c", asked, check=False).stdout
    return stage.shell(f"{FINGERPRINT} -in {FILE}").strip(), served.strip()


def _is_one(found: tuple[str, str]) -> bool:
    return bool(found[0]) and found[0] == found[1]
