"""With the rights that a plan leaves a restricted default user, a server reads its append-only file to the end."""

from pathlib import Path, PurePosixPath

import pytest

from tests.support.servers import need, running
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret
from wizard.planning.accounts.acl_goals import REPLAYING_DEFAULT_USER
from wizard.server.client import connect

pytestmark = pytest.mark.server

ROOT = Login("root", Secret("of-the-test"))
TRANSACTIONS = (
    ("SET a 1", "INCR a", "GETDEL a", "RPUSH l 3 1 2", "SORT l STORE sorted", "LMOVE l m LEFT RIGHT"),
    ("SELECT 3", "HSET h f 1", "SELECT 0", "XADD s * f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >"),
    (
        "GEOADD geo 1 1 p",
        "GEORADIUS geo 1 1 9 km STORE near",
        "PFADD pf 1 2 3",
        "PFCOUNT pf",
        "BITFIELD b SET u8 0 200",
    ),
    ("EVAL redis.call('set','e1',1);redis.call('incr','e1') 0", "COPY e1 e2", "MOVE e2 2", "PUBLISH c x", "SWAPDB 7 8"),
)


@pytest.mark.parametrize("key", ["r74", "v81"])
def test_nothing_is_left_out_of_transactions(tmp_path: Path, key: str) -> None:
    users = tmp_path / "users.acl"
    users.write_text(f"user default {REPLAYING_DEFAULT_USER}\nuser root on >of-the-test ~* &* +@all\n")
    data = tmp_path / "data"
    data.mkdir()
    text = f"aclfile {users}\nappendonly yes\nappendfsync always\nenable-debug-command yes\n"
    found = []
    for rounds in (TRANSACTIONS, ()):
        with (
            running(need(key), text, tmp_path, arguments=("--dir", str(data))) as (socket, _),
            connect(Endpoint(socket=PurePosixPath(socket)), ROOT) as client,
        ):
            for commands in rounds:
                client.execute("MULTI")
                for command in commands:
                    client.execute(*command.split(" "))
                assert isinstance(client.execute("EXEC"), list)
            found.append(client.execute("DEBUG", "DIGEST"))
    assert found[0] == found[1]
