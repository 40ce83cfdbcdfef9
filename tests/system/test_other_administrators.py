"""Another administrator works on a real host while an apply is open: users survive its rollback and are named."""

import json
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE
from tests.system.test_other_hands import COMMIT, CONF, KEYS, VERIFY, WINDOW, WRITTEN, Said, drive, expect_first_state

ACL = "/etc/redis/users.acl"
CLI = "redis-cli -s /run/redis/redis.sock --user admin"
BOB = f"{CLI} acl setuser bob on '>word of bob' '~*' '&*' '+@all'"
VALUE = f"{CLI} config set slowlog-max-len 777"


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("other-administrators") as made:
        made.shell(
            f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null; "
            f"redis-cli save >/dev/null; cp -a {CONF} /root/first.conf"
        )
        yield made


@pytest.fixture
def before(host: DebianHost) -> Iterator[HostState]:
    yield picture(host)
    host.shell(
        f"rm -f {CONF} {ACL}; cp -a /root/first.conf {CONF}; chown redis:redis /etc/redis; chmod 2770 /etc/redis; "
        "sysctl -qw vm.overcommit_memory=0; systemctl reset-failed redis-server; systemctl restart redis-server"
    )


def as_bob(host: DebianHost, *words: str) -> str:
    return host.shell(f"REDISCLI_AUTH='word of bob' redis-cli --user bob {' '.join(words)}").strip()


def expect_bob(host: DebianHost, before: HostState, said: Said, *but: str) -> None:
    assert said.ending == "rolled-back-in-part", said
    assert "in memory only until CONFIG REWRITE: user bob was added" in said.summary
    assert "#" not in said.summary
    assert as_bob(host, "acl", "whoami") == "bob"
    assert as_bob(host, "acl", "users").split() == ["bob", "default"]
    expect_first_state(host, before, "user bob", "bob", *but)


@pytest.mark.parametrize("when", [VERIFY, WINDOW], ids=["verify", "window"])
def test_a_user_and_a_value(host: DebianHost, before: HostState, when: str) -> None:
    said = drive(host, when, f"{BOB}; {VALUE}", window=1)
    assert "slowlog-max-len is '777' in the running server" in said.summary
    expect_bob(host, before, said, "slowlog-max-len", "777", "128")


def test_saves_that_the_server_refuses(host: DebianHost, before: HostState) -> None:
    script = f"{BOB}; {CLI} acl save || true; {CLI} config rewrite || true"
    expect_bob(host, before, drive(host, WINDOW, script, window=1))


@pytest.mark.parametrize("when", [COMMIT, WRITTEN], ids=["first change", "written"])
def test_a_user_in_the_commit(host: DebianHost, before: HostState, when: str) -> None:
    said = drive(host, when, BOB.replace("-s /run/redis/redis.sock --user admin", ""))
    assert "another administrator changed user bob" in said.summary
    expect_bob(host, before, said)


def test_config_rewrite_again_and_again(host: DebianHost, before: HostState) -> None:
    script = f"{BOB}; for i in $(seq 60); do {CLI} config rewrite >/dev/null || true; done"
    expect_bob(host, before, drive(host, WINDOW, script, window=1))


MODE = (
    PRELUDE
    + r"""
writes = sys.argv[1] == "writes"
host = InHost()
found = collect(host)
answers = recommend(found.facts, choose(found.facts)).answers
answers = replace(answers, persistence=replace(answers.persistence, server_writes=writes))
wanted = plan(found.facts, found.sources, answers)
passwords = generate_passwords(wanted)
ending = begin(host, wanted, passwords).outcome()


def cli(*words):
    environment = {**os.environ, "REDISCLI_AUTH": passwords["admin"].reveal()}
    command = ["redis-cli", "-s", "/run/redis/redis.sock", "--user", "admin", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip()


said = [cli("config", "rewrite"), cli("acl", "save")]
from wizard.model.login import Login
found = collect(host, login=Login("admin", passwords["admin"]))
left = [c.id for c in plan(found.facts, found.sources, answers).changes]
again = recommend(found.facts, choose(found.facts)).answers.persistence.server_writes
print(json.dumps([ending.result, said, [n.subject + " " + n.text for n in wanted.notes], left, again]))
"""
)


@pytest.mark.parametrize("mode", ["writes", "hardened"])
def test_the_server_rewrites_its_files_or_the_plan_said_that_it_cannot(
    host: DebianHost, before: HostState, mode: str
) -> None:
    ending, said, notes, left, again = json.loads(host.run("python3", "-I", "-c", MODE, mode).stdout)
    told = [text for text in notes if text.startswith("CONFIG REWRITE and ACL SAVE fail after this plan for user")]
    assert ending == "applied"
    if mode == "writes":
        assert said == ["OK", "OK"]
        assert not told
        assert left == []
        assert again
    else:
        assert [text.split()[0] for text in said] == ["ERR", "ERR"]
        assert "admin" in told[0]
        assert not again
    host.wizard("rollback", "--yes")
    expect_first_state(host, before)
