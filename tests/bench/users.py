"""Check and plan of a server with many users, whose cost must grow with their number alone."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import Row, milliseconds, program, seconds_of
from tests.bench.programs import WIZARD
from tests.support.server_process import as_written
from tests.support.servers import SERVERS
from wizard.acl.password import hash_password
from wizard.model.login import Endpoint
from wizard.sandbox.ports import free_port

_FEW, _MANY = 10, 10_000
_WANTED = {_FEW: "under 500 ms", _MANY: "under 2000 ms"}
_PASSWORD = "k3V9" * 8
_EXTRA = ("", "+info", "-scan", "+cluster|slots", "-lpush", "+xadd", "(%R~shared:* +get)")


def rows() -> Iterator[Row]:
    """Measure both commands with few and with many users, against the few."""
    taken: dict[tuple[str, int], float] = {}
    for users in (_FEW, _MANY):
        with _server(users) as arguments:
            for command in ("check", "plan"):
                taken[command, users] = seconds_of(program([*WIZARD, *arguments, command]), times=3)
    for (command, users), seconds in taken.items():
        base = taken[command, _FEW]
        yield Row(
            f"{command}, {users:,} users", milliseconds(seconds), milliseconds(base), seconds / base, _WANTED[users]
        )


@contextmanager
def _server(users: int) -> Iterator[list[str]]:
    """Run a server with so many users; give the arguments that log in to it."""
    place = Path(tempfile.mkdtemp(prefix="rw-"))
    hashed = f"#{hash_password(_PASSWORD)}"
    lines = ["user default off ~* &* +@all", f"user admin on {hashed} ~* &* +@all"]
    lines += [
        f"user app{number} on #{hash_password(f'{number} of many')} resetchannels ~app{number}:* -@all +@read +@write"
        f" -@dangerous {_EXTRA[number % len(_EXTRA)]}"
        for number in range(users)
    ]
    (place / "users.acl").write_text("\n".join(lines) + "\n")
    config, port = place / "redis.conf", free_port()
    config.write_text(f"bind 127.0.0.1\nport {port}\ndir {place}\naclfile {place}/users.acl\nmaxmemory 1gb\n")
    password = place / "password"
    password.write_text(_PASSWORD)
    password.chmod(0o600)
    try:
        with as_written(SERVERS["r74"], config, Endpoint(port=port)):
            yield ["--config", str(config), "--user", "admin", "--password-file", str(password)]
    finally:
        shutil.rmtree(place, ignore_errors=True)
