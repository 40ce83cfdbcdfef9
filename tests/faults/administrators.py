"""A second administrator works while an apply is open: the user and the value that were added stay, and are named."""

import random

from tests.faults.inject import RECORDS, Fault
from tests.faults.stage import Stage

PASSWORD = "password-of-dba"
DONE = "/run/administrator-done"
# Not before the server answers, and over the socket as soon as the old port is closed.
_SCRIPT = f"""
until_ok() {{
  for i in $(seq 600); do
    for where in "-s /run/redis/redis.sock" "-p 6379"; do
      [ "$(REDISCLI_AUTH={PASSWORD} redis-cli $where --user dba "$@" 2>/dev/null)" = OK ] && return
    done
    sleep 0.05
  done
  exit 1
}}
until_ok ACL SETUSER bob on '>password-of-bob' '~*' '&*' '+@all'
until_ok CONFIG SET slowlog-max-len 777
touch {DONE}
"""
_ASK = f"""
for ask in 'acl list' 'config get slowlog-max-len'; do REDISCLI_AUTH={PASSWORD} redis-cli {{}} --user dba $ask || :
done
"""
NAMED = ("user bob", "slowlog-max-len is '777'")


def concurrent_administrator(stage: Stage, chance: random.Random, record: int = 0) -> None:
    """Another administrator adds a user and sets a value in the running server after one record."""
    stage.shell(f"echo 'user dba on >{PASSWORD} ~* &* +@all' >>/etc/redis/redis.conf; systemctl restart redis-server")
    stage.take_first_again()
    stage.plant(Fault(record=record or chance.randint(1, RECORDS), signal="SIGSTOP"))
    stage.begin(*chance.choice(((), ("--confirm-within", "4"))))
    stage.expect_hit()
    stage.external = ("user bob ", "slowlog-max-len")
    stage.host.run("systemd-run", "--quiet", "--collect", "--unit=administrator", "sh", "-euc", _SCRIPT)
    stage.wait(f"test -e {DONE}", seconds=2)
    stage.go_on()
    stage.expect(f"test -e {DONE}")
    stage.finish()
    stage.settle()
    _expect_kept_and_named(stage)


def _expect_kept_and_named(stage: Stage) -> None:
    """The user and the value are in the running server, and a rollback says that it kept them."""
    live = "".join(stage.shell(_ASK.format(where)) for where in ("-s /run/redis/redis.sock", "-p 6379"))
    stage.notes += [f"{what} is gone" for what in ("user bob ", "777") if what not in live]
    outcome = stage.status()["outcome"]
    ending, summary = (outcome["ending"], outcome["summary"]) if isinstance(outcome, dict) else ("", "")
    if ending.startswith("rolled-back"):
        stage.notes += [f"{what} is not named" for what in NAMED if what not in summary]
