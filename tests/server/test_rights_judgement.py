"""The rights that we work out are those that the server gives, and asking it changes nothing."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from random import Random

import pytest
import redis

from tests.support import acl_random
from tests.support.acl_server import AclServer, acl_server
from tests.support.servers import Server, server
from wizard.acl.commands import CommandTable, table
from wizard.acl.rights import Trials, evaluate
from wizard.acl.user import from_rules, parse_line
from wizard.detect.servers.tried_rights import try_rights
from wizard.model.login import Endpoint
from wizard.server.client import Client, connect

__all__ = ("server",)

pytestmark = pytest.mark.server

USERS = 40
SHARP = (
    *("+flushall|async", "+debug|segfault", "+keys|a*", "+shutdown|nosave", "+mget|a:1", "+sort", "+config", "+acl"),
    *("~**", "~?*", "~*:*", "~[a-m]*", "&**", "&?*", "+@all", "-@dangerous", "+psubscribe", "+subscribe", "+publish"),
)
"""Rules that a judge may take for harmless."""
_WITH_KEYS = frozenset({"sort", "sort_ro", "migrate", "restore", "restore-asking", "pfdebug"})
SHARPER = ("+config|set", "(~* +get)", "%R~*", "%W~?*", "+client|tracking", "+acl|setuser")
"""Those that Redis 6.2 lacks, or takes for first arguments."""


def _words(random: Random, known: CommandTable) -> list[str]:
    sharp = SHARP + SHARPER * known.subcommands
    return [*acl_random.rules(random, known), *random.choices(sharp, k=random.randint(0, 5))]


def _set(asked: AclServer, words: Sequence[str]) -> bool:
    """Make the user, unless the server refuses a pattern behind ``*``."""
    try:
        asked.set_user("u", ["on", *words])
    except redis.ResponseError:
        return False
    return True


def _client(asked: AclServer) -> Client:
    return connect(Endpoint(socket=PurePosixPath(asked.file.parent / "s")), seconds=30)


def test_works_out_the_rights_that_the_server_gives(server: Server, tmp_path: Path) -> None:
    random = Random(f"rights {server.key}")  # noqa: S311 - the same cases each time
    known = table(server.flavour, server.version)
    queues = () if known.subcommands else ("+multi", "+discard")
    judged = 0
    with acl_server(server, tmp_path) as asked, _client(asked) as client:
        for _ in range(USERS):
            words = _words(random, known)
            if not _set(asked, words):
                continue
            trials = Trials((parse_line(" ".join(("user u on nopass", *words, *queues))),), known)
            calls = [call for _, call in trials.calls(client.command_arity(trials.commands))]
            answers = {tuple(call): allowed for call, allowed in asked.judge("u", calls)}
            (found,) = trials.read([_said(call, answers.get(call)) for call in calls])
            worked_out = evaluate(from_rules("u", [*words, *queues]).rules, known)
            assert (words, found.rights) == (words, worked_out)
            judged += len(answers)
    assert judged > USERS * 20


def _said(call: Sequence[str], allowed: bool | None) -> str | None:  # noqa: FBT001 - what the server answered
    """Say it as ``ACL DRYRUN`` does; a queued command that takes keys may be refused for these."""
    if allowed is None or (not allowed and call[0] in _WITH_KEYS):
        return None
    return "" if allowed else "no permissions to run the command"


def test_the_server_is_asked_for_the_same_rights(server: Server, tmp_path: Path) -> None:
    random = Random(f"tried {server.key}")  # noqa: S311 - the same cases each time
    known = table(server.flavour, server.version)
    with acl_server(server, tmp_path) as asked, _client(asked) as client:
        for _ in range(USERS):
            words = _words(random, known)
            if not _set(asked, words):
                continue
            before = client.acl_list()
            tried = try_rights(client, [parse_line(asked.line("u"))], server.flavour, server.version)
            assert client.acl_list() == before
            assert client.execute("ACL", "LOG") == []
            assert bool(tried) is known.subcommands
            for each in tried:
                worked_out = evaluate(each.rules, known)
                assert (words, each.rights.foreign) == (words, worked_out.foreign)
                assert (words, each.rights.commands) == (words, worked_out.commands)


def test_users_with_the_same_rules_are_tried_once(server: Server, tmp_path: Path) -> None:
    lines = "".join(f"user u{number} on nopass ~app{number}:* -@all +@read\n" for number in range(300))
    with acl_server(server, tmp_path) as asked:
        assert asked.load(f"user default on nopass ~* &* +@all\n{lines}".encode()) == ""
        with _client(asked) as client:
            tried = try_rights(client, [parse_line(line) for line in client.acl_list()], server.flavour, server.version)
    assert len(tried) == (0 if server.key == "r62" else 2)


def test_a_login_that_may_not_ask_is_told_so(server: Server, tmp_path: Path) -> None:
    with acl_server(server, tmp_path) as asked:
        asked.set_user("u", ["on", "nopass", "+@all", "-acl|dryrun" if server.key != "r62" else "+ping"])
        with _client(asked) as client:
            client.execute("AUTH", "u", "x")
            if server.key == "r62":
                assert (
                    try_rights(client, [parse_line(line) for line in client.acl_list()], server.flavour, server.version)
                    == ()
                )
                return
            with pytest.raises(Exception, match="no permissions"):
                try_rights(client, [parse_line(line) for line in client.acl_list()], server.flavour, server.version)
