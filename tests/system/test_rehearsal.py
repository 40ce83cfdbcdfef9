"""The rehearsal meets what the real unit would meet: every trap is named, and nothing of the host has changed."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE

KEYS = 200
MODULE_ANYWHERE = "/opt/modules/small.so"
MODULE_AT_HOME = "/usr/lib/small-module.so"

DRIVER = (
    PRELUDE
    + r"""
copies = []


class Telling(InHost):
    # Tells with which rights it wrote which copy.
    def write(self, path, data, *, owner, group, mode, **more):
        if path.name.startswith(("c", "n")) and "/reh-" in str(path):
            copies.append(f"{path.name} {owner}:{group} {mode:o}")
        super().write(path, data, owner=owner, group=group, mode=mode, **more)


more, seconds, telling = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
host = Telling() if telling else LocalHost()
wanted = recommended(host)
for name, value in more.items():
    wanted = with_line(wanted, name, value)
wanted = replace(wanted, consents=tuple(change.id for change in wanted.changes))
apply = begin(host, wanted, seconds=seconds)
texts = [event.text for event in apply.events() if event.phase == "rehearse"]
outcome = apply.outcome()
print(json.dumps({"ending": outcome.result, "summary": outcome.summary, "texts": texts, "copies": copies}))
"""
)

SMALL_MODULE = r"""
#include <fcntl.h>
typedef int (*get_api)(const char *, void *);
int RedisModule_OnLoad(void *context, void **arguments, int count) {
    void (*attributes)(void *, const char *, int, int);
    get_api get = (get_api)((void **)context)[0];
    get("RedisModule_SetModuleAttribs", &attributes);
    attributes(context, "small", 1, 1);
    open("/var/lib/redis/module-was-here", O_CREAT | O_WRONLY, 0600);
    return 0;
}
"""


@dataclass(frozen=True)
class Packaged:
    """One distribution's server, running with a few keys and a unix socket."""

    host: DebianHost
    name: str

    @property
    def unit(self) -> str:
        return f"{self.name}-server"

    @property
    def drop_in(self) -> str:
        return f"/etc/systemd/system/{self.unit}.service.d/trap.conf"

    def picture(self) -> HostState:
        return picture(self.host, unit=self.unit, cli=f"{self.name}-cli")

    def life(self) -> str:
        """What tells whether the server and its runtime directory were left alone."""
        return self.host.shell(
            f"systemctl show -P MainPID -P InvocationID {self.unit}; ls -ln /run/{self.name}; "
            f"{self.name}-cli -s /run/{self.name}/{self.name}.sock dbsize"
        )

    def leftovers(self) -> str:
        return self.host.shell(
            "systemctl list-units --all --no-legend 'redis-wizard-*'; ls -A /run/redis-wizard 2>/dev/null || :"
        )

    def try_to_apply(
        self, directives: dict[str, str] | None = None, *, seconds: int = 0, telling: bool = False
    ) -> "Said":
        words = (json.dumps(directives or {}), str(seconds), "telling" if telling else "")
        done = self.host.run("python3", "-I", "-c", DRIVER, *words)
        return Said(**json.loads(done.stdout.splitlines()[-1]))


@dataclass(frozen=True)
class Said:
    """What an apply said of its rehearsal, and how it ended."""

    ending: str
    summary: str
    texts: Sequence[str]
    copies: Sequence[str]


@contextmanager
def running(suite: str, name: str) -> Iterator[Packaged]:
    with debian_host(f"rehearsal-{suite}-{name}", "--pkg", f"{name}-server", suite=suite) as host:
        made = Packaged(host, name)
        host.shell(
            f"echo 'unixsocket /run/{name}/{name}.sock' >>/etc/{name}/{name}.conf; systemctl restart {made.unit}; "
            f"for i in $(seq {KEYS}); do echo set key:$i $i; done | {name}-cli >/dev/null; {name}-cli save >/dev/null; "
            "mkdir -p /home/keys /tmp/keys /opt/modules; chmod 755 /home /home/keys /tmp/keys; "
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
            "-addext subjectAltName=DNS:localhost -keyout /home/keys/key -out /home/keys/crt 2>/dev/null; "
            f"chmod 644 /home/keys/*; cp /home/keys/* /tmp/keys/; install -d -o {name} -g {name} /srv/{name}; "
            # Any shared object will do for one that is not even mapped.
            f"install -m 755 /lib/*/libm.so.6 {MODULE_ANYWHERE}"
        )
        yield made


@pytest.fixture(scope="module")
def redis() -> Iterator[Packaged]:
    with running("trixie", "redis") as made:
        yield made


@pytest.fixture(scope="module", params=[("trixie", "valkey"), ("bookworm", "redis")], ids=["valkey-8.1", "redis-7.0"])
def other(request: pytest.FixtureRequest) -> Iterator[Packaged]:
    with running(*request.param) as made:
        yield made


@contextmanager
def as_it_was(server: Packaged) -> Iterator[None]:
    """Whatever happens inside leaves host, server and socket as they were, and nothing of ours behind."""
    before, life = server.picture(), server.life()
    yield
    assert not before.difference(server.picture())
    assert server.life() == life
    assert not server.leftovers()


@contextmanager
def with_unit_lines(server: Packaged, *lines: str) -> Iterator[None]:
    text = "\\n".join(("[Service]", *lines, ""))
    server.host.shell(
        f"mkdir -p $(dirname {server.drop_in}); printf '{text}' >{server.drop_in}; systemctl daemon-reload"
    )
    try:
        yield
    finally:
        server.host.shell(f"rm -r $(dirname {server.drop_in}); systemctl daemon-reload")


def tls(place: str) -> dict[str, str]:
    return {"tls-cert-file": f"{place}/crt", "tls-key-file": f"{place}/key", "tls-ca-cert-file": f"{place}/crt"}


def refused(said: Said, *words: str) -> None:
    assert said.ending == "refused", said
    assert said.summary.startswith("Nothing was changed")
    for word in words:
        assert word in said.summary, said.summary


def hidden_key(server: Packaged, place: str, reason: str) -> None:
    with as_it_was(server):
        said = server.try_to_apply(tls(place))
    # The server's own words, the line, the change, the answer, and the line of the unit behind it.
    refused(said, f"Failed to load certificate: {place}/crt", f"/etc/{server.name}/{server.name}.conf line ")
    refused(said, "directive:tls-cert-file", "tls.certificate", f"{server.unit}.service has {reason}")


def test_a_key_below_home_is_hidden_from_the_service(redis: Packaged) -> None:
    hidden_key(redis, "/home/keys", "ProtectHome=")


def test_a_key_in_tmp_is_hidden_from_the_service(redis: Packaged) -> None:
    hidden_key(redis, "/tmp/keys", "PrivateTmp=")  # noqa: S108 - on the test host


def test_a_key_below_home_is_hidden_from_other_servers_too(other: Packaged) -> None:
    hidden_key(other, "/home/keys", "ProtectHome=")


@dataclass(frozen=True)
class Trap:
    """A directive that only the unit's sandbox forbids."""

    name: str
    value: str
    words: tuple[str, ...]


READ_ONLY = "is read-only in the sandbox of"
OUTSIDE = [
    Trap("logfile", "/srv/{}/server.log", (READ_ONLY, "(logfile)", "ReadWritePaths=/srv/")),
    Trap("dir", "/srv/{}", (READ_ONLY, "(dir)", "could not save its data")),
    Trap("loadmodule", MODULE_ANYWHERE, ("failed to map segment", "directive:loadmodule", "NoExecPaths=")),
]


def outside(server: Packaged, trap: Trap) -> None:
    with as_it_was(server):
        said = server.try_to_apply({trap.name: trap.value.format(server.name)})
    refused(said, *trap.words)


@pytest.mark.parametrize("trap", OUTSIDE, ids=[trap.name for trap in OUTSIDE])
def test_what_lies_outside_of_the_sandbox_is_refused(redis: Packaged, trap: Trap) -> None:
    outside(redis, trap)


@pytest.mark.parametrize("trap", OUTSIDE, ids=[trap.name for trap in OUTSIDE])
def test_what_lies_outside_of_the_sandbox_is_refused_to_other_servers_too(other: Packaged, trap: Trap) -> None:
    outside(other, trap)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("User=nobody-here", ("user nobody-here", "does not exist")),
        ("ReadWritePaths=/not/there", ("/not/there: No such file or directory", "NAMESPACE")),
        ("SystemCallFilter=~bind", ("SYS",)),
        ("SupplementaryGroups=nobody-here", ("supplementary groups", "GROUP")),
        (
            r"RestrictAddressFamilies=\nRestrictAddressFamilies=AF_UNIX",
            ("Could not create server TCP listening socket",),
        ),
    ],
)
def test_a_unit_that_could_not_start_as_planned_is_refused_in_the_words_of_who_refuses(
    redis: Packaged, line: str, words: tuple[str, ...]
) -> None:
    with with_unit_lines(redis, line), as_it_was(redis):
        said = redis.try_to_apply()
    refused(said, *words)


@pytest.mark.parametrize("line", ["TemporaryFileSystem=/etc/redis/certs", "InaccessiblePaths=/etc/redis/certs"])
def test_a_place_for_new_files_that_the_unit_would_not_see_is_refused(redis: Packaged, line: str) -> None:
    redis.host.shell("install -d -m 750 -g redis /etc/redis/certs")
    try:
        with with_unit_lines(redis, line), as_it_was(redis):
            said = redis.try_to_apply()
        refused(said, "hides /etc/redis/certs", "so the server could not read /etc/redis/certs/")
    finally:
        redis.host.shell("rmdir /etc/redis/certs")


def test_a_line_that_the_server_refuses_is_named_with_its_answer(redis: Packaged) -> None:
    with as_it_was(redis):
        said = redis.try_to_apply({"timeout": "abc"})
    refused(said, "/etc/redis/redis.conf line ", "timeout abc", "directive:timeout", "audit.timeout_seconds")


def too_many_clients(server: Packaged) -> None:
    with as_it_was(server):
        said = server.try_to_apply({"maxclients": "500000"})
    refused(said, "open-file limit", "audit.max_clients")
    for proven in (
        f"starts with the planned configuration in the sandbox of {server.unit}.service",
        "app, admin can log in",
        "commands of the roles are allowed",
        "app connects with its certificate by TLS",
        "a client without a certificate is refused",
    ):
        assert any(proven in text for text in said.texts), said.texts
    # What the server says stays out of the host's log.
    log = server.host.shell("journalctl --no-pager -o cat -u 'redis-wizard-rehearsal-*'")
    assert "Started" in log
    assert "Server initialized" not in log


def test_more_clients_than_the_unit_has_files_for_are_refused(redis: Packaged) -> None:
    too_many_clients(redis)


def test_more_clients_than_the_unit_has_files_for_are_refused_by_other_servers_too(other: Packaged) -> None:
    too_many_clients(other)


def test_a_server_that_cannot_save_is_left_running(redis: Packaged) -> None:
    """Told to stop it would try to save, fail, and stay for ever: so it is not told."""
    redis.host.shell("redis-cli set one more >/dev/null; chown root:root /var/lib/redis; chmod 755 /var/lib/redis")
    try:
        with as_it_was(redis):
            said = redis.try_to_apply()
        refused(said, "save")
    finally:
        redis.host.shell("chown redis:redis /var/lib/redis; chmod 750 /var/lib/redis; redis-cli save >/dev/null")


def test_a_server_that_still_sees_an_old_mount_is_left_running(redis: Packaged) -> None:
    redis.host.shell(
        "mount --bind /var/lib/redis /var/lib/redis; mount -o remount,ro,bind /var/lib/redis; "
        "systemctl restart redis-server; umount -l /var/lib/redis; redis-cli set one more >/dev/null; "
        "touch /var/lib/redis/writable; rm /var/lib/redis/writable"
    )
    try:
        with as_it_was(redis):
            said = redis.try_to_apply()
        refused(said, "save")
    finally:
        # Its SIGTERM would wait for a save that cannot be.
        redis.host.shell("systemctl kill -s KILL redis-server; sleep 0.2; systemctl restart redis-server")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("AppArmorProfile=-none", "outside the sandbox of its unit: redis-server.service has AppArmorProfile="),
        ("Unheard=of", "in the sandbox of redis-server.service, without its Unheard="),
        (r"PrivateNetwork=yes\nIPAddressDeny=192.0.2.1", "service, without its PrivateNetwork=, IPAddressDeny="),
    ],
)
def test_what_cannot_be_lent_is_said_and_the_rest_is_rehearsed(redis: Packaged, line: str, note: str) -> None:
    with with_unit_lines(redis, line):
        before = redis.picture()
        said = redis.try_to_apply(seconds=1)
        assert said.ending == "rolled-back", said
        assert any(note in text for text in said.texts), said.texts
        assert any("connects with its certificate" in text for text in said.texts), said.texts
        assert any("a client without a certificate is refused" in text for text in said.texts), said.texts
        assert not before.difference(redis.picture())
        assert not redis.leftovers()


@contextmanager
def with_include(server: Packaged, mode: int) -> Iterator[None]:
    """Root's own configuration, and in it a file of another account."""
    conf = f"/etc/{server.name}/{server.name}.conf"
    server.host.shell(
        f"cp -a /etc/{server.name} /root/kept; echo masterauth of-another >/etc/other.conf; "
        f"chown root:daemon /etc/other.conf; chmod {mode:o} /etc/other.conf; echo include /etc/other.conf >>{conf}; "
        f"chown root:{server.name} /etc/{server.name} {conf}; chmod 750 /etc/{server.name}"
    )
    try:
        yield
    finally:
        server.host.shell(f"rm -r /etc/{server.name} /etc/other.conf; mv /root/kept /etc/{server.name}")


def test_what_the_server_may_not_read_is_not_copied_for_it(redis: Packaged) -> None:
    with with_include(redis, 0o640), as_it_was(redis):
        said = redis.try_to_apply(telling=True)
    refused(said, "the server could not read /etc/other.conf: redis may not read /etc/other.conf (root:daemon 0640)")
    assert not said.copies


def test_a_copy_has_the_rights_of_what_it_was_made_of(redis: Packaged) -> None:
    with with_include(redis, 0o604), as_it_was(redis):
        said = redis.try_to_apply({"maxclients": "500000"}, telling=True)
    refused(said, "open-file limit")
    rights = dict(each.split(" ", 1) for each in said.copies)
    assert (rights["c0.conf"], rights["c1.conf"]) == ("root:redis 640", "root:redis 640")
    keys = [each for name, each in rights.items() if name.startswith("n")]
    assert keys
    assert set(keys) <= {"root:redis 640", "root:root 644", "root:redis 644"}


def test_a_module_is_loaded_where_it_can_write_nothing(redis: Packaged, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    source, made = tmp_path / "small.c", tmp_path / "small.so"
    source.write_text(SMALL_MODULE)
    subprocess.run([compiler, "-shared", "-fPIC", "-w", "-o", made, source], check=True)
    redis.host.copy_to(made, MODULE_AT_HOME)
    redis.host.shell(f"chmod 755 {MODULE_AT_HOME}; echo 'loadmodule {MODULE_AT_HOME}' >>/etc/redis/redis.conf")
    try:
        with as_it_was(redis):
            said = redis.try_to_apply({"maxclients": "500000"})
        # It booted with the module, and only then met what was put in its way.
        refused(said, "open-file limit")
        there = "ls /var/lib/redis/module-was-here 2>/dev/null || :"
        assert not redis.host.shell(there)
        redis.host.shell("systemctl restart redis-server")
        assert redis.host.shell(there), "the module writes where it is let"
    finally:
        redis.host.shell(
            f"sed -i '/loadmodule/d' /etc/redis/redis.conf; rm -f {MODULE_AT_HOME} /var/lib/redis/module-was-here; "
            "systemctl restart redis-server"
        )
