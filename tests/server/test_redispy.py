"""Only what is used of redis-py is loaded, and who wants all of it still gets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import need, running

pytestmark = pytest.mark.server

CONNECT = """
import sys
from pathlib import PurePosixPath
from wizard.model.login import Endpoint
from wizard.server.client import connect
with connect(Endpoint(socket=PurePosixPath(sys.argv[1]))) as client:
    client.ping()
    try:
        client.execute("NOSUCH")
    except Exception as error:
        print(type(error).__name__)
print(sorted({name for name in sys.modules if name in ("redis.client", "redis.commands.core", "redis.asyncio")}))
import redis
print(redis.Redis(unix_socket_path=sys.argv[1]).ping())
"""


def test_a_session_loads_no_client_classes_and_leaves_redis_whole(tmp_path: Path) -> None:
    with running(need("r74"), f"port 0\nunixsocket {tmp_path}/s\n", tmp_path) as (socket, _):
        done = subprocess.run(
            [sys.executable, "-I", "-c", CONNECT, str(socket)], check=True, capture_output=True, text=True
        )
    assert done.stdout.splitlines() == ["ServerError", "[]", "True"]
