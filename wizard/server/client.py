"""A typed client: texts go in, texts come out, every call ends in time."""

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from wizard.errors import LoginError, ServerError, UnreachableError
from wizard.model.login import Endpoint, Login
from wizard.server import replies
from wizard.server.connection import ServerConnection
from wizard.server.replies import Reply
from wizard.server.tls import Proof

OWN_NAME = "redis-wizard"
"""Name of the product's connections in CLIENT LIST, so that no command takes one for an application."""
_NEWEST_REFUSALS = "20"
_UNWELL = ("MISCONF", "MASTERDOWN")
_SCANNED = 500
"""Keys that one SCAN looks at: a fraction of a millisecond."""
_AT_ONCE = 1000
"""Calls that are sent before their answers are read."""
_USERS_AT_ONCE = 100
"""Users that are asked for before the server turns to other clients: 30 ms before 7.0."""
_LUA_OF_VALKEY = {"name": "lua", "path": "lua"}


class Client:
    """One connection, logged in. Use it as a context manager.

    Every method raises UnreachableError when no answer comes in time, LoginError when this user
    may not do it, LoadingError while the server reads its data, ServerError when it says no.
    """

    def __init__(self, wire: ServerConnection, endpoint: Endpoint, login: Login | None) -> None:
        self._wire = wire
        self.endpoint = endpoint
        self.user = login.user if login is not None and login.password is not None else "default"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.endpoint}, user={self.user!r})"

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def execute(self, *command: str) -> Reply:
        """Send any command and give its plain reply."""
        return self._wire.command(command)

    # --- the server --------------------------------------------------------------------------

    def ping(self) -> None:
        """Make sure that it answers and that the login may ask.

        Source:
            redis ``src/server.c``, ``processCommand``: a server whose last save failed, or a replica that lost its
            primary, refuses PING too, and answers everything that tells about it.
        """
        try:
            answer = replies.text(self.execute("PING"))
        except ServerError as error:
            if str(error).startswith(_UNWELL):
                return
            raise
        if answer != "PONG":
            msg = f"{self.endpoint} answers PING with {answer!r}: this is not a Redis or Valkey server"
            raise ServerError(msg)

    def set_name(self) -> None:
        """Give this connection our name in CLIENT LIST, until it is closed."""
        self.execute("CLIENT", "SETNAME", OWN_NAME)

    def hello(self) -> dict[str, str]:
        """Return ``server`` (``redis`` or ``valkey``), its own ``version``, ``mode``, ``role``."""
        return replies.pairs(self.execute("HELLO", "2"))

    def info(self, *sections: str) -> dict[str, str]:
        """Return the fields of INFO, of all sections when none is named."""
        document = "\n".join(replies.text(self.execute("INFO", section)) for section in sections or ("everything",))
        return replies.info_fields(document)

    def role(self) -> tuple[str, ...]:
        """Return ROLE as texts; the first is ``master``, ``slave`` or ``sentinel``."""
        return replies.texts(self.execute("ROLE"))

    def key_total(self) -> int:
        """Count the keys of all databases, by INFO keyspace."""
        return replies.key_count(self.info("keyspace").items())

    def command_info(self, names: Sequence[str]) -> dict[str, bool]:
        """Return for each command whether the server has it under this name."""
        found = self.execute("COMMAND", "INFO", *names)
        entries = found if isinstance(found, list) else []
        return {name: bool(entry) for name, entry in zip(names, entries, strict=False)}

    def command_arity(self, names: Sequence[str]) -> dict[str, int]:
        """Give the number of words that commands take, and their subcommands as ``config|get``; with a minus the least.

        Names that the server does not have are left out, and so are those that ``rename-command`` gives to another
        command: the reply has the first name of each (measured since 7.0).
        """
        found: dict[str, int] = {}
        reply = self.execute("COMMAND", "INFO", *names)
        answers = zip(names, reply, strict=False) if isinstance(reply, list) else ()
        waiting: list[Reply] = [
            each for name, each in answers if isinstance(each, list) and replies.text(each[0]).lower() == name
        ]
        while waiting:
            entry = waiting.pop()
            if isinstance(entry, list) and len(entry) > 1 and isinstance(entry[1], int):
                found[replies.text(entry[0]).lower()] = entry[1]
                waiting += entry[-1] if isinstance(entry[-1], list) else []
        return found

    # --- configuration -----------------------------------------------------------------------

    def config_get(self, *patterns: str) -> dict[str, str]:
        """Return live directives, all of them when no pattern is given. May hold passwords."""
        found: dict[str, str] = {}
        for pattern in patterns or ("*",):
            found |= replies.pairs(self.execute("CONFIG", "GET", pattern))
        return found

    def config_set(self, values: Mapping[str, str]) -> None:
        """Set live directives: in one command that does all or nothing, one by one on 6.x.

        Raises:
            ServerError: one was refused; on 6.x those before it are set.
        """
        flat = [word for pair in values.items() for word in pair]
        try:
            self.execute("CONFIG", "SET", *flat)
        except ServerError as error:
            # Redis 6 takes one pair only: "Unknown subcommand or wrong number of arguments for 'SET'".
            if len(values) == 1 or "wrong number of arguments" not in str(error):
                raise
            for name, value in values.items():
                self.execute("CONFIG", "SET", name, value)

    # --- users -------------------------------------------------------------------------------

    def acl_whoami(self) -> str:
        """Return the user of this connection."""
        return replies.text(self.execute("ACL", "WHOAMI"))

    def acl_list(self) -> tuple[str, ...]:
        """Return the lines of ACL LIST. They hold password hashes.

        Before 7.0 a server works out the rules of each user when it is asked, 0.3 ms each, and serves no client
        until it has all. Many users are asked for in parts there; one that is removed in between is left out.
        """
        names = self._acl_users()
        if len(names) > _USERS_AT_ONCE and isinstance(self.acl_getuser(self.user).get("keys"), list):
            starts = range(0, len(names), _USERS_AT_ONCE)
            parts = (names[start : start + _USERS_AT_ONCE] for start in starts)
            return tuple(line for part in parts for line in self._acl_lines(part))
        return replies.texts(self.execute("ACL", "LIST"))

    def _acl_users(self) -> tuple[str, ...]:
        """Return the names of all users; none where this login may not ask for them."""
        try:
            return replies.texts(self.execute("ACL", "USERS"))
        except UnreachableError:
            raise
        except ServerError:
            return ()

    def _acl_lines(self, names: Sequence[str]) -> Iterator[str]:
        said = self._wire.commands([("ACL", "GETUSER", name) for name in names])
        for name, reply in zip(names, said, strict=True):
            if isinstance(reply, ServerError):
                raise reply
            if fields := replies.nested_pairs(reply):
                yield replies.acl_line(name, fields)

    def acl_log(self) -> tuple[dict[str, str], ...]:
        """Return the clients that ACL LOG names after their login, each as CLIENT LIST shows one."""
        found = self.execute("ACL", "LOG")
        entries = [replies.pairs(each) for each in (found if isinstance(found, list) else [])]
        return tuple(
            replies.attributes(each.get("client-info", "")) for each in entries if each.get("reason") != "auth"
        )

    def refusals(self) -> tuple[tuple[dict[str, str], dict[str, str]], ...]:
        """Return every entry of ACL LOG, the newest first, each with the attributes of its client."""
        found = self.execute("ACL", "LOG", _NEWEST_REFUSALS)
        entries = [replies.pairs(each) for each in (found if isinstance(found, list) else [])]
        return tuple((each, replies.attributes(each.get("client-info", ""))) for each in entries)

    def acl_load(self) -> None:
        """Read the ACL file again; a bad line changes nothing and raises ServerError."""
        self.execute("ACL", "LOAD")

    def acl_list_and_load(self) -> tuple[str, ...]:
        """Read the ACL file again, and give ``ACL LIST`` as it was in the instant before. It holds hashes.

        Raises:
            ServerError: a bad line; nothing changed.
        """
        self.execute("MULTI")
        self.execute("ACL", "LIST")
        self.execute("ACL", "LOAD")
        found = self.execute("EXEC")
        if not isinstance(found, list) or replies.text(found[-1]) != "OK":
            # An error within EXEC is a part of its reply.
            raise ServerError(replies.text(found[-1] if isinstance(found, list) else found))
        return replies.texts(found[0])

    def acl_getuser(self, name: str) -> dict[str, Reply]:
        """Return the fields of one user, empty when there is none."""
        return replies.nested_pairs(self.execute("ACL", "GETUSER", name))

    def acl_setuser(self, name: str, rules: Sequence[str]) -> None:
        """Change one user. Rules add to what it has; begin with ``reset`` to replace."""
        self.execute("ACL", "SETUSER", name, *rules)

    def acl_deluser(self, *names: str) -> None:
        """Remove users; their connections are closed."""
        self.execute("ACL", "DELUSER", *names)

    def acl_dryrun(self, user: str, command: Sequence[str]) -> str:
        """Ask whether a user may run a command: empty when it may, else the server's reason. Since 7.0."""
        answer = replies.text(self.execute("ACL", "DRYRUN", user, *command))
        return "" if answer == "OK" else answer

    def acl_dryruns(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[str | ServerError]:
        """Ask many times whether a user may run a command, as :meth:`acl_dryrun`; a refusal to answer is a value."""
        found: list[str | ServerError] = []
        for start in range(0, len(questions), _AT_ONCE):
            calls = [("ACL", "DRYRUN", user, *words) for user, words in questions[start : start + _AT_ONCE]]
            for reply in self._wire.commands(calls):
                said = reply if isinstance(reply, ServerError) else replies.text(reply)
                found.append("" if said == "OK" else said)
        return found

    def modules(self) -> tuple[str, ...]:
        """Give the path of each module that was loaded from a file; its name where the server gives no path.

        A user that may not run MODULE LIST gets the names by INFO.

        A module that is a part of the server has an empty path (``vectorset`` of Redis 8), or its own name in place of
        one (``lua`` of Valkey 9.1; both measured).
        """
        try:
            entries = self.execute("MODULE", "LIST")
        except LoginError:
            return self._module_names()
        fields = [replies.pairs(each) for each in (entries if isinstance(entries, list) else [])]
        loaded = (each for each in fields if not _LUA_OF_VALKEY.items() <= each.items())
        return tuple(path for each in loaded if (path := each.get("path", each.get("name", ""))))

    def _module_names(self) -> tuple[str, ...]:
        server = self.info("server")
        own = "lua" if "valkey_version" in server else "vectorset"
        since = (9, 1) if "valkey_version" in server else (8,)
        version = server.get("valkey_version", server.get("redis_version", ""))
        has_own = tuple(int(each) for each in version.split(".")[:2] if each.isdecimal()) >= since
        lines = replies.text(self.execute("INFO", "modules")).splitlines()
        found = (line.removeprefix("module:name=").partition(",")[0] for line in lines if line.startswith("module:"))
        return tuple(name for name in found if not (has_own and name == own))

    def acl_category(self, name: str) -> tuple[str, ...]:
        """Return the commands of a category, subcommands as ``config|get``."""
        return replies.texts(self.execute("ACL", "CAT", name))

    # --- clients -----------------------------------------------------------------------------

    def client_list(self) -> tuple[dict[str, str], ...]:
        """Return one mapping per connection: ``addr``, ``laddr``, ``user``, ``name``, ``flags`` and more."""
        lines = replies.text(self.execute("CLIENT", "LIST")).splitlines()
        return tuple(replies.attributes(line) for line in lines)

    def identity(self) -> str:
        """Return the id of this connection in CLIENT LIST."""
        return str(self.execute("CLIENT", "ID"))

    def client_kill(self, *filters: str) -> int:
        """Close connections by filters such as ``USER default`` or ``LADDR ip:port``; give their number."""
        killed = self.execute("CLIENT", "KILL", *filters)
        return killed if isinstance(killed, int) else 1

    # --- data --------------------------------------------------------------------------------

    def key_names(self, database: int, most: int) -> tuple[str, ...]:
        """Return the names of about `most` keys of a database, which stays selected; bytes that are no text escaped."""
        self.execute("SELECT", str(database))
        found: dict[str, None] = {}
        cursor = "0"
        for _ in range(-(-most // _SCANNED)):
            reply = self.execute("SCAN", cursor, "COUNT", str(_SCANNED))
            cursor, names = (replies.text(reply[0]), reply[1]) if isinstance(reply, list) else ("0", None)
            found |= dict.fromkeys(replies.texts(names))
            if cursor == "0":
                break
        return tuple(found)

    def channel_names(self) -> tuple[str, ...]:
        """Return the channels that have a subscriber; subscriptions to patterns are not among them."""
        return replies.texts(self.execute("PUBSUB", "CHANNELS"))

    def save_in_background(self) -> None:
        """Start BGSAVE. Watch ``rdb_bgsave_in_progress`` and ``rdb_last_bgsave_status`` of INFO persistence."""
        self.execute("BGSAVE")


def connect(
    endpoint: Endpoint, login: Login | None = None, *, seconds: float = 2, prove: Proof | None = None
) -> Client:
    """Connect and log in. The product calls it by `wizard.server.access` alone, which proves the peer.

    Args:
        endpoint: Where it listens.
        login: Without one nothing is sent but what is asked for.
        seconds: For connecting, and for each reply.
        prove: Raises where the peer may be another process; called before anything is sent.

    Raises:
        UnreachableError: nothing accepts there, or it does not answer in time.
        LoginError: it refuses the login, the address (protected mode), or wants a certificate.
        LoadingError: it still reads its data (the login is checked all the same).
        ServerError: anything else that it says, or a certificate file that cannot be used.
    """
    return Client(ServerConnection(endpoint, login, seconds=seconds, prove=prove), endpoint, login)
