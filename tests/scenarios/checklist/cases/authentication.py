"""Items 6 to 10: authentication."""

from tests.scenarios.checklist.cases.hosts import (
    BARE,
    BLIND,
    COMMON,
    FAIL,
    HARD,
    LOCKED,
    NOT_APPLICABLE,
    PASS,
    REFUSED,
    STOPPED,
    UNKNOWN,
    case,
    listed_reader,
    readable,
    with_acl,
    with_process,
)
from tests.support.facts_builder import (
    ACL_FILE,
    FINGERPRINT,
    HARDENED_ACL,
    acl,
    client,
    file_status,
    probe,
    unreadable,
    with_file,
    with_instance,
    with_live,
)
from wizard.model.facts.configuration import Problem
from wizard.model.network import ProbeAnswer
from wizard.model.rights import SharedPassword

_CHANNELS = f"user app on #{FINGERPRINT} ~app:* -@all +get +@pubsub -@dangerous"
_ALONE = (*HARDENED_ACL[:2], f"user app on #{FINGERPRINT} ~app:* -@all +function|load +fcall")
_SHARED = (SharedPassword(users=("app", "billing")),)
_SAME_PASSWORD = (*HARDENED_ACL, HARDENED_ACL[2].replace(" app ", " billing "))
_LOADS = with_acl(
    HARD,
    f"user app on #{FINGERPRINT} ~app:* -@all +function|load",
    f"user shop on #{FINGERPRINT} ~shop:* -@all +fcall",
)

AUTHENTICATION = [
    case(
        "7",
        PASS,
        with_acl(HARD, f"user app on #{FINGERPRINT} ~app:* -@all +get +scan"),
        'User "app" can list the names or the number of all keys (SCAN)',
    ),
    case(
        "7",
        PASS,
        with_acl(HARD, *(f"user {name} on #{FINGERPRINT} ~team:* -@all +get" for name in ("app", "shop"))),
        'Users "app", "shop" share the keys team:*',
    ),
    case("7", PASS, _LOADS, "only its own keys and channels"),
    case("7", FAIL, with_live(_LOADS, info={"number_of_libraries": "1"}), '"app" can replace functions that other'),
    case(
        "7",
        PASS,
        with_live(with_instance(with_live(HARD, acl=_ALONE), acl=acl(_ALONE)), info={"number_of_libraries": "1"}),
        "only its own keys",
    ),
    case("7", PASS, with_acl(HARD, _CHANNELS), "only its own keys and channels"),
    case(
        "7",
        FAIL,
        with_file(with_acl(HARD, _CHANNELS), "acl-pubsub-default allchannels"),
        'After the next restart: User "app" can reach keys or channels of others',
    ),
    case("7", PASS, with_file(with_acl(HARD, _CHANNELS), "acl-pubsub-default resetchannels"), "only its own keys"),
    case("6", PASS, HARD, "Every listener refuses an unauthenticated client"),
    case("6", PASS, STOPPED, "The server does not run: /etc/redis/users.acl alone was read"),
    case("6", FAIL, BARE, "127.0.0.1:6379 accepts commands without a password"),
    case("6", FAIL, with_instance(HARD, probes=(probe(answer=ProbeAnswer.PROTECTED),)), "Only protected mode"),
    case("6", FAIL, with_acl(HARD, "user app on nopass ~app:* -@all +get"), '"app" can log in without a password'),
    case(
        "6",
        FAIL,
        with_acl(HARD, "user app on nopass ~app:* -@all +get", live=False),
        'After the next restart: User "app"',
    ),
    case("6", FAIL, with_instance(HARD, acl=acl(HARDENED_ACL[1:])), '"default" can log in without a password'),
    case("6", FAIL, with_instance(LOCKED, acl=acl(weak_passwords=(COMMON,))), 'The password of "app" is a common one'),
    case("6", UNKNOWN, LOCKED, "ACL LIST could not be read"),
    case("6", UNKNOWN, with_instance(HARD, probes=()), "was not tried without a login"),
    case("6", UNKNOWN, with_instance(HARD, probes=(probe(answer=ProbeAnswer.SILENT),)), "did not answer in time"),
    case("7", PASS, HARD, "reaches only its own keys"),
    case("7", PASS, STOPPED, "The server does not run: /etc/redis/users.acl alone was read"),
    case("7", FAIL, BARE, '"default" can reach keys or channels of others'),
    case(
        "7",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} ~* resetchannels -@all +get"),
        '"app" can reach keys',
    ),
    case(
        "7",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} resetchannels -@all (%R~* +get)"),
        '"app" can reach keys',
    ),
    case("7", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* &* -@all +publish"), '"app" can reach keys'),
    case("7", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~* -@all +get", live=False), "After the next restart"),
    case("7", UNKNOWN, LOCKED, "ACL LIST"),
    case("7", UNKNOWN, BLIND, "ACL LIST"),
    case("8", PASS, HARD, '"default" is off, live and in the file'),
    case("8", FAIL, BARE, '"default" can log in'),
    case(
        "8", FAIL, with_instance(HARD, acl=acl(HARDENED_ACL[1:])), 'After the next restart: User "default" can log in'
    ),
    case("8", FAIL, with_live(HARD, acl=("user default on nopass ~* &* +@all",)), '"default" can log in'),
    case("8", FAIL, with_live(HARD, clients=(client(user="default", count=2),)), "2 open connections"),
    case("8", PASS, STOPPED, '"default" is off. The server does not run'),
    case("8", UNKNOWN, with_live(HARD, clients=(client(user="default", library=""),)), "may be logged in as default"),
    case("8", FAIL, with_live(HARD, clients=(client(user="default", library="", active=True),)), "1 open connection"),
    case("8", UNKNOWN, LOCKED, "ACL LIST"),
    case("9", PASS, HARD, "Different clients use different users"),
    case("9", FAIL, BARE, "default is the only user"),
    case(
        "9",
        FAIL,
        with_live(HARD, clients=(client(), client(library="ioredis 5.4.0"))),
        "share user app: redis-py, ioredis",
    ),
    case("9", FAIL, with_live(HARD, clients=(client(user="default"),)), "logged in as user default"),
    case("9", FAIL, with_instance(BARE, live=REFUSED), "default is the only user"),
    case(
        "9",
        FAIL,
        with_live(HARD, acl=_SAME_PASSWORD, shared_passwords=_SHARED, clients=()),
        'Users "app", "billing" have the same password',
    ),
    # Fingerprints of 32 bits may be equal by chance.
    case("9", PASS, with_live(HARD, acl=_SAME_PASSWORD), "Different clients use different users"),
    # The other user is off, so that nobody logs in with its password.
    case("9", PASS, with_live(HARD, shared_passwords=(SharedPassword(users=("app", "default")),)), "Different clients"),
    case(
        "9",
        FAIL,
        with_instance(HARD, live=REFUSED, acl=acl(_SAME_PASSWORD, shared_passwords=_SHARED)),
        'Users "app", "billing" have the same',
    ),
    case("9", UNKNOWN, with_live(HARD, clients=()), "No client is connected"),
    case("9", UNKNOWN, LOCKED, "CLIENT LIST"),
    case(
        "9",
        UNKNOWN,
        with_live(
            HARD, clients=tuple(client(user="s", name=f"sentinel-0a1b2c3d-{each}") for each in ("cmd", "pubsub"))
        ),
        "No client is connected",
    ),
    case(
        "9",
        NOT_APPLICABLE,
        with_live(HARD, acl=(HARDENED_ACL[0], HARDENED_ACL[2]), clients=(client(count=8),)),
        "Only one service",
    ),
    case("10", PASS, HARD, "hold no password in plain text"),
    case("10", PASS, LOCKED, "hold no password in plain text"),
    case("10", NOT_APPLICABLE, BARE, "The server has no password"),
    case("10", FAIL, readable(with_file(BARE, "masterauth ********")), "masterauth holds a password that cannot"),
    case("10", FAIL, readable(with_file(BARE, "sentinel auth-pass m ********")), "sentinel auth-pass holds a password"),
    case("10", PASS, with_file(BARE, "masterauth ********"), "hold no password"),
    case(
        "10", FAIL, readable(with_instance(HARD, acl=acl(status=file_status(ACL_FILE)))), "can read the password hash"
    ),
    case("10", FAIL, readable(with_file(HARD, f"user app on #{FINGERPRINT} +get")), "can read the password hashes"),
    case("10", PASS, with_instance(HARD, acl=acl(status=file_status(ACL_FILE, group="redis", mode=0o640))), "hold no"),
    case("10", FAIL, with_instance(HARD, acl=acl(status=file_status(ACL_FILE, group="users", mode=0o640))), "Group us"),
    case("10", FAIL, listed_reader(HARD, ACL_FILE), "User op can read the password hashes"),
    case("10", UNKNOWN, with_instance(HARD, unit=None), "has overwritten its command line"),
    case("10", FAIL, with_file(HARD, "requirepass ********"), "passwords in plain text (requirepass)"),
    case(
        "10",
        FAIL,
        with_file(with_instance(HARD, acl=None), "user app on >******** ~a:* +get"),
        "passwords in plain text (user)",
    ),
    case("10", FAIL, with_process(HARD, secrets_in_environment=("REDIS_PASSWORD",)), "holds REDIS_PASSWORD"),
    case("10", FAIL, with_process(HARD, arguments=("--requirepass", "********")), "command line"),
    case(
        "10",
        FAIL,
        with_instance(
            HARD,
            acl=acl(
                problems=(
                    Problem(path=ACL_FILE, line=2, code="plain-password", what="clear", remedy="hash it", fatal=False),
                )
            ),
        ),
        "holds a password in plain text",
    ),
    case("10", UNKNOWN, BLIND, "could not be read"),
    case("10", UNKNOWN, with_process(HARD, secrets_in_environment=unreadable("/proc/1/environ")), "environment"),
]
