"""What the tests of data do to a sandbox's server: other persistence, crashes, saves that fail, a replica beside it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tests.support.apply_bench import Bench, eventually
from tests.support.servers import Server, running
from wizard.errors import ApplyError
from wizard.model.answers import Answers, DefaultUser, Durability, Plaintext
from wizard.model.event import Outcome, Result
from wizard.model.login import Endpoint, Login
from wizard.model.value import replace
from wizard.recovery.recover import Trigger, recover
from wizard.sandbox import supervisor
from wizard.sandbox.files import UNIT
from wizard.sandbox.ports import free_port
from wizard.server.client import Client, connect

FULL = 64 << 10
"""Bytes that a file may have on a disk that is full."""

PERSISTENCE: dict[str, tuple[str, ...]] = {
    "rdb": ("save 900 1", "appendonly no"),
    "nothing": ('save ""', "appendonly no"),
    "aof": ('save ""', "appendonly yes"),
    "both": ("save 900 1", "appendonly yes"),
}
"""Ways to keep keys, as lines of the configuration."""


def configure(box: Bench, *lines: str) -> None:
    """Let a server that has no keys yet start with these lines, in place of all lines of their names."""
    write_lines(box, *lines)
    box.host.services.stop(UNIT)
    for name in box.host.entries(box.host.layout.data):
        remove_all(Path(box.host.layout.data / name))
    box.host.services.start(UNIT)


def write_lines(box: Bench, *lines: str) -> None:
    """Write lines into the configuration, in place of all lines of their names; the server knows nothing of it."""
    config = Path(box.host.layout.config)
    names = {line.split()[0] for line in lines}
    kept = [line for line in config.read_text().splitlines() if line.split()[:1] == [] or line.split()[0] not in names]
    config.write_text("\n".join((*kept, *lines)) + "\n")


def remove_all(path: Path) -> None:
    """Remove a file, or a directory with all in it."""
    if path.is_dir():
        for inner in path.iterdir():
            remove_all(inner)
        path.rmdir()
    else:
        path.unlink()


def load(client: Client, count: int, *, prefix: str = "key") -> None:
    """Write many keys at once."""
    script = "for i = 1, tonumber(ARGV[1]) do redis.call('SET', KEYS[1] .. i, 'x') end return 1"
    client.execute("EVAL", script, "1", f"{prefix}:", str(count))


def after_a_crash(box: Bench, login: Login | None = None) -> int:
    """Kill the server, start it again, and count the keys that were on disk."""
    box.crash(login)
    box.host.services.start(UNIT)
    return box.keys(login)


def same(outcome: Outcome) -> None:
    """Expect a rollback after which the host was found to be as it was."""
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert any(check.startswith("SAME") for check in outcome.checks), outcome


def boot(box: Bench, identity: str) -> Outcome:
    """Do what the units do at a boot: recovery before the server, the server, recovery of the data after it."""
    outcome = _recover_files(box, identity)
    box.host.services.start(UNIT)
    outcome = outcome or recover(box.host, reason=Trigger.AFTER_SERVER_START, identity=identity)
    assert outcome is not None
    return outcome


def _recover_files(box: Bench, identity: str) -> Outcome | None:
    """Give ``None`` when the rest has to wait until the server is up."""
    try:
        return recover(box.host, reason=Trigger.BOOT, identity=identity)
    except ApplyError as error:
        if "the keys are restored when the server is up" in str(error):
            return None
        raise


def launch(box: Bench) -> None:
    """Start the server without waiting until it has loaded its data."""
    services, layout = box.host.services, box.host.layout
    record = services.record()
    server = supervisor.launch(record.binary, layout.config, directory=layout.data, output=layout.output)
    services.remember(replace(record, server=server))


@contextmanager
def failing_saves(box: Bench) -> Iterator[None]:
    """Let every RDB save fail: something is in the way of the file that it becomes."""
    dump = Path(box.host.layout.data / "dump.rdb")
    old = dump.read_bytes() if dump.exists() else None
    eventually(lambda: _stands_in_the_way(dump), "a save is faster again and again")
    try:
        yield
    finally:
        remove_all(dump)
        if old is not None:
            dump.write_bytes(old)


def _stands_in_the_way(dump: Path) -> bool:
    dump.unlink(missing_ok=True)
    with suppress(FileExistsError, NotADirectoryError):
        (dump / "in the way").mkdir(parents=True)
        return True
    return False


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """Let no file of the server grow further than its log needs, as on a disk that is full."""
    limit(pid, f"{FULL}:")
    try:
        yield
    finally:
        limit(pid, "unlimited:")


def limit(pid: int, size: str) -> None:
    """Set the longest file that a process, and its children to come, may write."""
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={size}"], check=True)


def stale_files(box: Bench) -> list[str]:
    """Name the append-only files that a start could load."""
    there = box.host.entries(box.host.layout.data)
    return [name for name in there if name in {"appendonlydir", "appendonly.aof"}]


def aside(box: Bench) -> list[PurePosixPath]:
    """Name the append-only files that were moved aside."""
    data = box.host.layout.data
    return [data / name for name in box.host.entries(data) if ".rw-" in name and not name.startswith(".")]


# --- answers -------------------------------------------------------------------------------------


def durable(durability: Durability, *points: str) -> Callable[[Answers], Answers]:
    """Answers with another durability."""

    def change(answers: Answers) -> Answers:
        return replace(answers, persistence=replace(answers.persistence, durability=durability, snapshots=points))

    return change


def only_a_restart(answers: Answers) -> Answers:
    """Answers that leave users, ports and persistence alone, and need a restart all the same."""
    return replace(
        answers,
        network=replace(answers.network, unix_socket_permissions="700"),
        acl=replace(answers.acl, manage=False, default_user=DefaultUser.KEEP),
        tls=replace(answers.tls, enabled=False, plaintext=Plaintext.KEEP),
        persistence=replace(answers.persistence, durability=Durability.KEEP),
    )


# --- a second server -----------------------------------------------------------------------------


@dataclass
class Second:
    """A server beside the sandbox's."""

    socket: Path
    port: int

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A session."""
        with connect(Endpoint(socket=PurePosixPath(self.socket))) as client:
            yield client

    def keys(self) -> int:
        """Count the keys; a replica that reads them anew is waited for."""
        with self.client() as client:
            return client.key_total()

    def follows(self) -> bool:
        """It is a replica, and its link is up."""
        with self.client() as client:
            fields = client.info("replication")
            return fields.get("role") == "slave" and fields.get("master_link_status") == "up"

    def wait_until_it_follows(self) -> None:
        """Return when the link is up."""
        eventually(self.follows, "the replica does not follow")


@contextmanager
def second(server: Server, place: Path, *lines: str) -> Iterator[Second]:
    """Run one more server of the same build, which listens on loopback too."""
    port = free_port()
    text = "\n".join(("bind 127.0.0.1", "protected-mode no", 'save ""', "repl-diskless-sync-delay 0", *lines))
    place.mkdir(mode=0o700, exist_ok=True)
    with running(server, f"{text}\n", place, arguments=("--port", str(port))) as (socket, _process):
        yield Second(socket, port)


def port_of(box: Bench) -> int:
    """The port without TLS of the sandbox's server."""
    with box.client() as client:
        return int(client.config_get("port")["port"])
