"""Asking a real server about users: what it makes of rules, what they allow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.support.servers import Server, running

_NEVER_QUEUED = frozenset(("multi", "exec", "discard", "watch", "quit", "reset", "auth", "hello"))


class AclServer:
    """A private server with an ACL file, entered as its default user."""

    def __init__(self, server: Server, socket: str, file: Path) -> None:
        self.server = server
        self.file = file
        self._socket = socket
        self.client = self._connect()

    def _connect(self, username: str | None = None, password: str | None = None) -> redis.Redis:
        client = redis.Redis(
            unix_socket_path=self._socket,
            decode_responses=True,
            protocol=2,
            driver_info=None,
            username=username,
            password=password,
        )
        client.response_callbacks.clear()
        return client

    def close(self) -> None:
        """End the connection."""
        self.client.close()

    def load(self, data: bytes) -> str:
        """Load an ACL file; give the server's complaint, empty when it took the file."""
        self.file.write_bytes(data)
        try:
            self.client.execute_command("ACL", "LOAD")
        except redis.RedisError as error:
            return str(error) or type(error).__name__
        return ""

    def refuses(self, name: str, password: str) -> bool:
        """Return whether the server refuses a login."""
        try:
            self.client.execute_command("AUTH", name, password)
        except redis.AuthenticationError:
            return True
        self.client.execute_command("AUTH", "default", "any")
        return False

    def set_user(self, name: str, rules: Sequence[str]) -> None:
        """Make a user, or make it anew."""
        self.client.execute_command("ACL", "SETUSER", name, "reset", *rules)

    def line(self, name: str) -> str:
        """Give the user's line of ACL LIST."""
        lines: list[str] = self.client.execute_command("ACL", "LIST")
        return next(line for line in lines if line.split(" ")[1] == name)

    def judge(self, name: str, commands: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], bool]]:
        """Give for each command whether the user may run it; those that it cannot judge are left out."""
        return self._dry(name, commands) if self.server.key != "r62" else self._queued(name, commands)

    def _dry(self, name: str, commands: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], bool]]:
        pipeline = self.client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command("ACL", "DRYRUN", name, *command)
        for command, answer in zip(commands, pipeline.execute(raise_on_error=False), strict=True):
            if not isinstance(answer, Exception):
                yield command, answer == "OK"

    def _queued(self, name: str, commands: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], bool]]:
        """6.2 judges a command of a transaction when it is queued. The user becomes one that may queue."""
        self.client.execute_command("ACL", "SETUSER", name, "on", "nopass", "+multi", "+discard")
        connection = self._connect(username=name, password="any").connection_pool.get_connection()
        try:
            connection.send_command("MULTI")
            connection.read_response()
            for command in commands:
                if command[0].lower() in _NEVER_QUEUED:
                    continue
                connection.send_command(*command)
                verdict = _verdict(connection)
                if verdict is not None:
                    yield command, verdict
        finally:
            connection.disconnect()


def _verdict(connection: redis.Connection) -> bool | None:
    try:
        connection.read_response()
    except redis.exceptions.NoPermissionError:
        return False
    except redis.ResponseError:
        return None
    return True


@contextmanager
def acl_server(server: Server, tmp_path: Path) -> Iterator[AclServer]:
    """Start a server whose ACL file is empty, so that its default user may do everything."""
    file = tmp_path / "users.acl"
    file.write_bytes(b"")
    with running(server, f'aclfile "{file}"\n', tmp_path) as (socket, _):
        asked = AclServer(server, str(socket), file)
        try:
            yield asked
        finally:
            asked.close()
