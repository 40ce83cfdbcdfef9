"""Files as they are published: what is said of each over a directory tree, and what is planned for it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.scenario import HASH, Ran, assert_silent, debian, run

USERS = "aclfile /etc/redis/users.acl\n"
OFF = "user default off\n"


@dataclass(frozen=True, kw_only=True)
class File:
    """One file, and the truth of it."""

    config: str
    users: str = ""
    states: dict[str, str] = field(default_factory=dict)
    """State of items."""
    says: dict[str, str] = field(default_factory=dict)
    """Words of their summaries."""
    planned: tuple[str, ...] = ()
    """Words of the plan."""
    never: tuple[str, ...] = ()
    """Words that neither plan nor report has."""
    refused: str = ""
    """Why nothing is planned."""


FILES = {
    "a space in front of a password": File(
        config=USERS,
        users=f"{OFF}user shop on > secret ~* +@all\n",
        states={"6": "fail", "7": "fail", "11": "fail", "Xsyntax": "fail"},
        says={"6": 'The password of "shop" is empty', "Xsyntax": "users.acl:2 stops the server from starting"},
        planned=('others can guess the password of "shop"',),
        never=("e3b0c442",),
    ),
    "an empty password": File(
        config=USERS,
        users=f"{OFF}user ops on > ~* &* +@all\n",
        states={"6": "fail", "Xpasswords": "fail"},
        says={"Xpasswords": "is empty"},
        planned=("user ops on #<new password> ~* &* +@all",),
    ),
    "a denial that is misspelt": File(
        config=USERS,
        users=f"{OFF}user shop on #{HASH} ~shop:* +@all -@dangerus -flushal\n",
        states={"11": "fail", "13": "fail", "Xsyntax": "fail"},
        planned=("~shop:* +@all -@dangerus -flushal", "a rule stays that the server refuses"),
    ),
    "standard output as log": File(config='port 6379\nlogfile ""\n', states={"Xsyntax": "pass"}, planned=("tls-port",)),
    "TLS on the usual port alone": File(
        config="port 0\ntls-port 6379\n",
        planned=("tls-auth-clients yes",),
        never=("is the port without TLS", "+tls-port", "-tls-port 6379"),
    ),
    "a comment behind the port": File(
        config="port 6379 # plain\n",
        states={"Xsyntax": "fail", "2": "unknown"},
        planned=("-port 6379 # plain", "+port 6379"),
        never=("port 6379 # plain.",),
    ),
    "a placeholder as port": File(
        config="port ${port}\n",
        states={"Xsyntax": "fail", "2": "unknown"},
        says={"2": "Neither kernel nor file"},
        never=("rules for port ${port}",),
    ),
    "a common password": File(
        config="requirepass foobared\n",
        states={"6": "fail", "8": "fail"},
        says={"6": 'The password of "default" is a common one'},
        never=("foobared",),
    ),
    "an application with every right": File(
        config=USERS,
        users=f"{OFF}user webshop on #{HASH} ~* &* +@all\n",
        states=dict.fromkeys(("7", "11", "12", "13"), "fail"),
        says={"11": '"webshop" may run FLUSHDB'},
    ),
    "a socket alone": File(
        config="port 0\nunixsocket /run/redis/r.sock\n",
        states={"1": "pass", "2": "n/a", "15": "n/a", "5": "unknown"},
        says={"15": "The file opens no TCP port"},
        never=("+tls-port", "+port ", "make /var/lib/redis-wizard/ca"),
    ),
    "a user without a password": File(
        config=USERS,
        users=f"{OFF}user alice on nopass ~* &* +@all\nuser bob on >password ~* +@all\n",
        states={"6": "fail"},
        planned=('as user "alice"', 'others can guess the password of "bob"'),
    ),
    "every address": File(
        config="bind 0.0.0.0\n",
        states={"1": "fail"},
        planned=("bind 127.0.0.1  [may-disconnect]", "clients are seen on a running server alone"),
    ),
    "an address of the host": File(
        config="bind 127.0.0.1 10.0.0.5\n", planned=("clients are seen on a running server alone",)
    ),
    "an administrator of another name": File(
        config=USERS,
        users=f"{OFF}user op_admin on #{HASH} ~* &* +@all\nuser a on #{HASH} ~a:* -@all +get\n",
        never=("user app on", "user admin on"),
    ),
    "a data directory that does not exist": File(
        config="dir /data\n", states={"Xsyntax": "fail", "Xdatadir": "unknown"}, says={"Xsyntax": "dir names /data"}
    ),
    "an ACL file that does not exist": File(
        config=USERS,
        states={"Xsyntax": "fail", "6": "unknown"},
        says={"6": "does not exist"},
        never=("Check again as root",),
    ),
    "a relative certificate that does not exist": File(
        config="dir /var/lib/redis\ntls-port 6380\ntls-cert-file redis.crt\ntls-key-file redis.key\n",
        states={"Xsyntax": "fail", "15": "fail"},
        says={"Xsyntax": "tls-cert-file names /var/lib/redis/redis.crt"},
    ),
    "placeholders as passwords": File(
        config=USERS,
        users=f"{OFF}user a on >${{ADMIN_PASSWORD}} ~* +@all\nuser b on >__PASS__ ~b:* +get\n",
        states={"6": "fail", "Xsyntax": "fail"},
        never=("-user a on", "-user b on"),
    ),
    "a placeholder as requirepass": File(
        config='requirepass "{{ redis_password }}"\n',
        states={"6": "fail"},
        planned=("users are left as they are: the password of user default is a placeholder",),
        never=("-requirepass", "+user default"),
    ),
    "a requirepass that asks for another one": File(
        config="requirepass changeme\n", states={"6": "fail"}, planned=("-requirepass", "+user default on #")
    ),
    "another engine": File(
        config="bind 0.0.0.0\nworkers 8\nrocksdb.x 1\nbackup-dir /x\nmax-backup-to-keep 1\ncompact-cron 1\n",
        refused="kvrocks is not supported",
    ),
    "nothing but a port": File(
        config="port 6379\n",
        states={"Xswap": "unknown", "Xmodules": "unknown", "21": "fail", "8": "fail"},
        never=("live and in the file", "was last written", "Every listener refuses"),
    ),
    "a Sentinel": File(
        config="port 26379\nsentinel monitor m 10.0.0.1 6379 2\n",
        states=dict.fromkeys(("7", "11", "12", "17", "18", "21", "25", "Xdisk"), "n/a"),
        never=("36379", "maxmemory is", "may run FLUSH"),
    ),
    "a queue with an evicting policy": File(
        config=f"{USERS}maxmemory 1gb\nmaxmemory-policy allkeys-lru\n",
        users=f"{OFF}user jobs on #{HASH} ~bull:* -@all +@list\n",
        states={"17": "fail"},
        planned=("maxmemory-policy noeviction",),
    ),
    "a cache": File(
        config='maxmemory 1gb\nmaxmemory-policy allkeys-lru\nsave ""\nappendonly no\n',
        states={"21": "n/a"},
        never=("+appendonly yes", "maxmemory-policy noeviction"),
    ),
    "values that are stricter than the recommended ones": File(
        config="timeout 30\nslowlog-log-slower-than 1000\nslowlog-max-len 1024\nacllog-max-len 1000\n"
        "tcp-keepalive 60\nlatency-monitor-threshold 50\nloglevel verbose\nunixsocketperm 700\n",
        states={"18": "pass", "25": "pass"},
        never=(
            *("-timeout", "-slowlog-log", "-slowlog-max", "-acllog-max-len", "-tcp-keepalive", "-latency"),
            *("-loglevel", "-unixsocketperm"),
        ),
    ),
}


def looked_at(command: str, root: Path, *more: str) -> Ran:
    ran = run(command, "--root", root, *more)
    assert_silent(ran.out, ran.err)
    return ran


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_the_truth_is_told_and_nothing_weaker_is_planned(file: File, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (root / "etc/redis/redis.conf").write_text(file.config)
    (root / "var/lib/redis").mkdir(parents=True, exist_ok=True)
    if file.users:
        (root / "etc/redis/users.acl").write_text(file.users)
    planned = looked_at("plan", root)
    report = looked_at("check", root, "--format", "json")
    found = {}
    if report.out:
        read = json.loads(report.out)
        found = {each["id"]: each for each in (*read["items"], *read["extra"])}
    else:
        assert file.refused in report.err
    assert {item: found[item]["state"] for item in file.states} == file.states
    assert {item: words for item, words in file.says.items() if words not in found[item]["summary"]} == {}
    assert file.refused in planned.err
    assert bool(planned.status) is bool(file.refused)
    plan = " ".join(planned.out.split())
    assert [words for words in file.planned if " ".join(words.split()) not in plan] == []
    said = f"\n{planned.out}\n" + "\n".join(f"{each['summary']}\n{each['fix']}" for each in found.values())
    assert [words for words in file.never if words in said] == []
