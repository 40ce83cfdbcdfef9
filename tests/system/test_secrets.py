"""No secret gets out on a real host: not into a process list, a unit, a file for others, a log, a terminal or an error.

Passwords that were given, passwords and keys that were made; looked for in every form, while things happen
and in all that is left. That the hunt finds what is there is proven first.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.secret_hunt import Secrets, Sight, search, watched
from tests.support.wizard_terminal import answer, hand_over, keep, leave, over_ssh

pytestmark = pytest.mark.racing

GIVEN = "given-p4ssw0rd-of-the-operator-0123456789"
GIVEN_FILE = "/root/ops.password"
OPS = ("--user", "shop", "--password-file", GIVEN_FILE)
STATE = "/var/lib/redis-wizard"
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - looked at, nothing is written there
PLACES = (
    *("/run/systemd/transient", "/etc/systemd/system", "/run/redis-wizard", *TEMPORARY),
    *("/etc/redis", "/etc/sysctl.d", STATE, "/var/log"),
)
EVERYWHERE = ("/", "/run", *TEMPORARY)
KEY_PLACES = ("/etc/redis/certs/", f"{STATE}/ca/", f"{STATE}/clients/")
OPERATORS = "/root/"
"""What the operator named: the file of a given password, and where new ones are to be written."""

HASH = hashlib.sha256(GIVEN.encode()).hexdigest()
SET_UP = f"""
printf '%s\\n' '{GIVEN}' >{GIVEN_FILE}
chmod 600 {GIVEN_FILE}
printf 'user default on nopass ~* &* +@all\\nuser shop on #{HASH} ~* &* +@all\\n' >/etc/redis/users.acl
chown redis:redis /etc/redis/users.acl
chmod 640 /etc/redis/users.acl
echo 'aclfile /etc/redis/users.acl' >>/etc/redis/redis.conf
systemctl restart redis-server
for i in $(seq 50); do echo set key:$i $i; done | redis-cli >/dev/null
"""

# Something in the worker breaks with a secret in its hand; whatever is started on the way is looked at too.
BROKEN = r"""
import os, sys
sys.path[:0] = ["/opt/redis-wizard", "/opt/packages"]
os.umask(0)
from wizard.apply import worker
from wizard.app import generate_passwords
from wizard.cli.commands import apply as command
from wizard.cli.main import main
from wizard.host import local

where = sys.argv[1]
started = []


class Host(local.LocalHost):
    reopen_arguments = None

    def run(self, arguments, **more):
        started.append(arguments)
        return super().run(arguments, **more)

    def launch(self, arguments, **more):
        started.append(arguments)
        return super().launch(arguments, **more)


def broken(run, *_, **__):
    keys = [file.data.decode() for file in run.staged.certificates if file.path.suffix == ".key"]
    secret = [password.reveal() for password in run.passwords.values()]
    with open("/root/broken.secrets", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        import json
        json.dump({"passwords": secret, "keys": keys}, file)
    raise RuntimeError(f"{secret} {keys}")


local.LocalHost = Host
setattr(worker, where, broken)
status = main(["apply", "--yes", "--debug", "--secrets-to", "/root/broken.toml", "--user", "shop", "--password-file",
               "/root/ops.password"])
for arguments in started:
    print("started:", *arguments)
sys.exit(status)
"""


@dataclass
class Story:
    """All that was said and seen, and what must not be in it."""

    secrets: Secrets = field(default_factory=Secrets, repr=False)
    said: dict[str, bytes] = field(default_factory=dict, repr=False)
    sights: list[Sight] = field(default_factory=list, repr=False)
    since: float = 0.0


def remember(host: DebianHost, story: Story, what: str, *files: str) -> None:
    """Learn the secrets that are in force now."""
    for file in files:
        for line in host.shell(f"cat {file}").splitlines():
            user, equals, password = line.partition(" = ")
            if equals:
                story.secrets.add_password(f"{what} {user}", password.strip().strip('"'))
    for path in host.shell(f"find {' '.join(KEY_PLACES)} -name '*.key'").split():
        story.secrets.add_key(f"{what} {path}", host.shell(f"cat {path}").encode())


def run(host: DebianHost, story: Story, *arguments: str, status: int | None = 0) -> None:
    done = host.wizard(*arguments, check=False)
    story.said[f"{arguments} says"] = done.stdout.encode()
    story.said[f"{arguments} complains"] = done.stderr.encode()
    assert status in {None, done.returncode}, done.stdout + done.stderr


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("secrets") as made:
        made.shell(SET_UP)
        yield made


@pytest.fixture(scope="module")
def story(host: DebianHost) -> Story:
    """An apply that is confirmed, a rollback, one that is taken back, and the wizard on a terminal."""
    told = Story(since=float(host.shell("date +%s.%N")))
    told.secrets.add_password("given shop", GIVEN)
    with watched(host, PLACES) as told.sights:
        waiting = ["apply", "--yes", *OPS, "--confirm-within", "120", "--verbose", "--diff"]
        command = [str(TESTHOST), "exec", host.name, "--", "redis-wizard", *waiting, "--secrets-to", "/root/one.toml"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as first:
            host.wait_for_stage("waiting")
            run(host, told, "status", "--json")
            run(host, told, "confirm")
            told.said["the apply"] = first.communicate()[0]
        remember(host, told, "first", "/root/one.toml")
        admin = ("--user", "admin", "--password-file", "/root/one.toml")
        for more in (("detect", "--json"), ("check",), ("plan", "--json"), ("plan",)):
            run(host, told, *more, *admin, status=None)
        run(host, told, "snapshots", "list")
        run(host, told, "rollback", "--yes", "--verbose", *admin)
        with subprocess.Popen(
            [*command[:-1], "/root/two.toml"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as second:
            host.wait_for_stage("waiting")
            remember(host, told, "second", "/root/two.toml")
            run(host, told, "rollback", "--yes")
            told.said["the apply that is taken back"] = second.communicate()[0]
            assert second.returncode == 4
        with over_ssh(host, *OPS) as terminal:
            terminal.wait_for("Review recommended plan", "Score")
            terminal.review()
            terminal.wait_for(">9 Review", "changes in")
            terminal.press("\x1b[19~")
            answer(terminal, "Apply to secrets?")
            terminal.wait_for("Time left to confirm:")
            remember(host, told, "wizard", hand_over(terminal))
            keep(terminal)
            terminal.press("\x1b[19~")
            leave(terminal)
            told.said["the terminal of the wizard"] = terminal.received
    assert len({name.rpartition(", ")[0] for name in told.secrets.forms}) > 25
    return told


def is_private(sight: Sight) -> bool:
    """Nobody but root, and the group of a server for its own key, can read it."""
    return sight.owner == "0" and not sight.mode & 0o037


def may_hold(path: str, names: list[str]) -> bool:
    """A key lies in its own file, in a snapshot that must bring it back, and in memory for a rehearsal.

    A password only lies in memory, on its way to the worker.
    """
    keys = all(".key " in name for name in names)
    places = (*KEY_PLACES, f"{STATE}/blobs/", "/run/redis-wizard/reh-")
    return (keys and path.startswith(places)) or path.startswith("/run/redis-wizard/private/")


# --- the hunt itself -------------------------------------------------------------------------------


def test_the_hunt_finds_what_is_planted(host: DebianHost) -> None:
    secrets = Secrets()
    secrets.add_password("planted", "planted-secret-0123456789")
    since = float(host.shell("date +%s.%N"))
    gone, _, left = (f"{place}/planted" for place in TEMPORARY)
    with watched(host, (TEMPORARY[0], "/run/systemd/transient")) as sights:
        host.shell("sh -c 'sleep 0.5; : planted-secret-0123456789'; SECRET=planted-secret-0123456789 sleep 0.5")
        host.shell(f"echo cGxhbnRlZC1zZWNyZXQtMDEyMzQ1Njc4OQ== >{gone}; sleep 0.5; rm {gone}")
        host.shell(
            "systemd-run --quiet --wait --unit=planted --description=planted-secret-0123456789 sleep 0.5; "
            f"umask 0; echo planted-secret-0123456789 | od -An -tx1 | tr -d ' \\n' >{left}"
        )
    found = {sight.kind: sight.name for sight in sights if secrets.hits(sight.data)}
    assert {"cmdline", "environ", "file"} <= set(found)
    assert {gone, "/run/systemd/transient/planted.service"} <= {s.name for s in sights if secrets.hits(s.data)}
    assert list(search(host, secrets, TEMPORARY, since)) == [left]
    assert b"planted-secret" in journal(host)
    host.shell(f"rm {left}; journalctl --quiet --rotate; journalctl --quiet --vacuum-time=1s")


def journal(host: DebianHost) -> bytes:
    return host.shell("journalctl --no-pager -o export").encode()


# --- while it runs ---------------------------------------------------------------------------------


def test_no_process_shows_one(story: Story) -> None:
    kinds = {"cmdline", "environ"}
    assert any(b"worker" in sight.data for sight in story.sights if sight.kind == "cmdline")
    assert not {
        (sight.kind, sight.name, hit)
        for sight in story.sights
        if sight.kind in kinds
        for hit in story.secrets.hits(sight.data)
    }


def test_no_file_shows_one_to_others_at_any_moment(story: Story) -> None:
    files = [(sight, story.secrets.hits(sight.data)) for sight in story.sights if sight.kind == "file"]
    holding = [(sight, hits) for sight, hits in files if hits]
    # The hunt has seen the secrets on their way and at home.
    assert any(sight.name.startswith("/run/redis-wizard/private/") for sight, _ in holding)
    assert any(sight.name == f"{STATE}/ca/ca.key" for sight, _ in holding)
    assert not {(s.name, oct(s.mode), s.owner) for s, hits in holding if not (is_private(s) and may_hold(s.name, hits))}


def test_no_unit_shows_one(story: Story) -> None:
    units = [sight for sight in story.sights if sight.name.startswith("/run/systemd/transient/")]
    assert any("redis-wizard-apply.service" in sight.name for sight in units)
    assert not {(sight.name, hit) for sight in units for hit in story.secrets.hits(sight.data)}


def test_no_core_file_can_be_written(story: Story) -> None:
    limits = [(sight.name.split("\0"), sight.data) for sight in story.sights if sight.kind == "limits"]
    # What starts it names it too.
    workers = [limit for line, limit in limits if "worker" in line and "python" in line[0]]
    assert workers
    assert set(workers) == {b"Max core file size 0 0 bytes"}
    # A front end forbids it to itself, before it has read anything.
    assert any(limit.startswith(b"Max core file size 0 ") for line, limit in limits if "apply" in line)


# --- what was said and what is left ------------------------------------------------------------------


def test_nothing_that_was_said_has_one(story: Story) -> None:
    assert not {(what, hit) for what, data in story.said.items() for hit in story.secrets.hits(data)}
    assert not story.secrets.hits(b"".join(story.said.values()).replace(b"\r\n", b"").replace(b"\n", b""))


def test_the_system_log_has_none(host: DebianHost, story: Story) -> None:
    log = journal(host)
    assert b"redis-wizard apply" in log
    assert not story.secrets.hits(log)


def test_nothing_that_is_left_has_one(host: DebianHost, story: Story) -> None:
    found = search(host, story.secrets, EVERYWHERE, story.since)
    # What the operator asked for lies where he said, and keys in their files.
    assert f"{STATE}/ca/ca.key" in found
    assert not {
        (path, oct(mode), *names)
        for path, (mode, names) in found.items()
        if not path.startswith(OPERATORS) and not (mode & 0o037 == 0 and may_hold(path, names))
    }
    assert not any(path.startswith("/run/") for path in found)
    assert all(mode == 0o600 for path, (mode, _) in found.items() if path.startswith(OPERATORS))


# --- an authority of the operator ----------------------------------------------------------------------

PHRASE = "given-passphrase-of-the-authority-4242"
AUTHORITY = f"""
printf '%s\\n' '{PHRASE}' >/root/ca.phrase
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass file:/root/ca.phrase -out /root/ca.key
openssl req -x509 -new -key /root/ca.key -passin file:/root/ca.phrase -subj /CN=ours -days 900 \\
  -addext keyUsage=critical,keyCertSign,cRLSign -out /root/ca.crt
chmod 600 /root/ca.*
cat >/root/ours.toml <<'END'
version = 1
[tls]
authority = "/root/ca.crt"
authority_key = "/root/ca.key"
authority_key_passphrase_file = "/root/ca.phrase"
END
"""


def test_an_authority_that_was_given_signs_and_shows_nowhere(host: DebianHost) -> None:
    host.shell(f"{AUTHORITY} redis-wizard rollback --yes {' '.join(OPS)} >/dev/null 2>&1 || :")
    told = Story(since=float(host.shell("date +%s.%N")))
    told.secrets.add_password("given phrase", PHRASE)
    told.secrets.add_key("given authority", host.shell("cat /root/ca.key").encode(), PHRASE)
    with watched(host, PLACES) as told.sights:
        ours = ("--answers", "/root/ours.toml", *OPS)
        run(host, told, "plan", "--json", *ours)
        run(host, told, "apply", "--yes", "--verbose", "--diff", "--secrets-to", "/root/ours.secrets", *ours)
        signed = "openssl verify -CAfile /root/ca.crt /etc/redis/certs/server.crt"
        assert host.shell(signed).endswith("server.crt: OK\n")
        run(host, told, "rollback", "--yes", "--verbose", *OPS)
    assert not {(what, hit) for what, data in told.said.items() for hit in told.secrets.hits(data)}
    assert not {(sight.kind, sight.name, hit) for sight in told.sights for hit in told.secrets.hits(sight.data)}
    assert not told.secrets.hits(journal(host))
    found = search(host, told.secrets, EVERYWHERE, told.since)
    assert not {path: names for path, (_, names) in found.items() if not path.startswith(OPERATORS)}
    assert b"worker" in b"".join(sight.data for sight in told.sights if sight.kind == "cmdline")


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["rehearse_plan", "commit", "verify", "await_confirmation"])
def test_an_error_with_a_secret_in_it_is_told_without(host: DebianHost, where: str) -> None:
    story = Story(since=float(host.shell("date +%s.%N")))
    story.secrets.add_password("given shop", GIVEN)
    host.shell(f"redis-wizard rollback --yes {' '.join(OPS)} >/dev/null 2>&1 || :; rm -f /root/broken.*")
    done = host.run("python3", "-I", "-c", BROKEN, where, check=False)
    assert done.returncode in {1, 4}, done.stdout + done.stderr
    assert "RuntimeError" in done.stdout + done.stderr
    told = json.loads(host.shell("cat /root/broken.secrets"))
    for number, password in enumerate(told["passwords"]):
        story.secrets.add_password(f"password {number}", password)
    for number, key in enumerate(told["keys"]):
        story.secrets.add_key(f"{number}.key ", key.encode())
    assert "started: " in done.stdout
    assert not story.secrets.hits(done.stdout.encode() + done.stderr.encode())
    assert not story.secrets.hits(journal(host))
    assert not {
        path: names
        for path, (_, names) in search(host, story.secrets, EVERYWHERE, story.since).items()
        if not path.startswith(OPERATORS)
    }
