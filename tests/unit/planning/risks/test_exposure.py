"""What an unauthenticated client can still reach once a plan is applied."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, planned, recommended, stock
from wizard.model.answers import ClientCertificates, DefaultUser, Plaintext
from wizard.model.exposure import Exposure
from wizard.model.facts.configuration import AclFacts
from wizard.model.rights import WeakPassword
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

ACL = PurePosixPath("/etc/redis/users.acl")
HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
ADMIN = f"user admin on #{HASH} ~* &* +@all\n"
ORDERS = build.client(user="default", address="10.0.4.21", name="orders-api", listener="127.0.0.1:6379")


def exposure(world: World, **acl: object) -> Exposure:
    answers = recommended(world)
    return planned(world, replace(answers, acl=replace(answers.acl, **acl))).exposure


def names(found: Exposure) -> list[str]:
    return [str(each) for each in found.open]


def with_users(text: str) -> World:
    files = {build.CONF: stock(f"aclfile {ACL}\n").files[build.CONF], ACL: text.encode()}
    return stock(files=files, started=files)


def test_nothing_is_open_where_the_default_user_goes() -> None:
    assert planned(stock()).exposure == Exposure()
    assert planned(stock()).exposure.sentences() == ()


def test_what_is_kept_for_a_client_is_named_with_the_client_and_the_way_to_close_it() -> None:
    found = exposure(stock(clients=(ORDERS,)))
    assert names(found)[0] == "127.0.0.1:6379"
    first, kept, close, plaintext, used, move = found.sentences()
    assert first.startswith("Still open: 127.0.0.1:6379, ")
    assert "10.0.4.21" in kept
    assert "orders-api" in kept
    assert "user default" in kept
    assert close == "To close: let each client log in as a user of its own, then run redis-wizard apply again."
    assert plaintext.startswith("Still open: 127.0.0.1:6379, ")
    assert plaintext.endswith(" accept clients without TLS.")
    assert used == kept
    assert move == "To close: move these clients to port 6380 with TLS, then run redis-wizard apply again."


def test_the_answer_that_keeps_it_is_named_where_no_client_needs_it() -> None:
    found = exposure(stock(), default_user=DefaultUser.KEEP)
    assert found.close == 'set acl.default_user = "off", then run redis-wizard apply again'
    assert exposure(stock(), manage=False).close == "set acl.manage = true, then run redis-wizard apply again"


def test_clients_that_could_not_be_seen_need_a_login_first() -> None:
    assert "--password-file" in exposure(stock(login=False)).close


def test_a_password_closes_it() -> None:
    found = exposure(with_users(ADMIN + f"user default on #{HASH} ~* &* +@all\n"), default_user=DefaultUser.KEEP)
    assert found.open == ()
    assert exposure(stock("requirepass verylong\n"), default_user=DefaultUser.KEEP).open == ()


@pytest.mark.parametrize("lines", ["requirepass verylong\n", f"user default on #{HASH} ~* &* +@all\n"])
def test_a_default_user_that_keeps_its_password_is_named_with_its_clients(lines: str) -> None:
    found = exposure(stock(lines, clients=(ORDERS,)), default_user=DefaultUser.KEEP).sentences()
    assert found[:3] == (
        'Still open: user "default" can log in with its password.',
        "Used by 10.0.4.21 (1 connection, orders-api, redis-py 8.1.0, user default).",
        "To close: let each client log in as a user of its own, then run redis-wizard apply again.",
    )
    assert exposure(stock(lines), default_user=DefaultUser.OFF).default_login is None


def plaintext(world: World, **tls: object) -> tuple[str, ...]:
    answers = recommended(world)
    found = planned(world, replace(answers, tls=replace(answers.tls, **tls))).exposure
    return replace(found, open=(), default_login=None).sentences()


def test_a_plaintext_port_that_stays_is_named_with_the_command_that_closes_it() -> None:
    (port, close) = plaintext(stock(), plaintext=Plaintext.KEEP)
    assert port.startswith("Still open: 127.0.0.1:6379, ")
    assert port.endswith(" accept clients without TLS.")
    assert close == 'To close: set tls.plaintext = "drain", then run redis-wizard apply again.'
    assert "set tls.enabled = true" in plaintext(stock(), enabled=False, plaintext=Plaintext.KEEP)[-1]
    assert plaintext(stock(), plaintext=Plaintext.CLOSE) == ()


def test_clients_of_the_plaintext_port_that_could_not_be_listed_are_said_to_be_so() -> None:
    (_, used, close) = plaintext(stock(login=False))
    assert used == "Used by clients that could not be listed."
    assert "--password-file" in close


def test_another_user_without_a_password_is_open_too() -> None:
    found = exposure(with_users(ADMIN + "user default off\nuser legacy on nopass ~* +get\n"))
    assert {each.user for each in found.open} == {"legacy"}
    assert 'without a password as user "legacy"' in found.sentences()[0]
    assert found.close.startswith("list legacy in acl.users")


@pytest.mark.parametrize("rules", ["off nopass ~* +@all", "on nopass ~* -@all", f"on #{HASH} ~* +@all"])
def test_a_user_that_is_off_or_may_do_nothing_opens_nothing(rules: str) -> None:
    assert exposure(with_users(ADMIN + f"user default off\nuser legacy {rules}\n")) == Exposure()


def test_protected_mode_keeps_other_hosts_out() -> None:
    world = stock("bind 0.0.0.0\nprotected-mode yes\n", clients=(ORDERS,))
    answers = recommended(world)
    for protected, others in ((True, False), (False, True)):
        network = replace(answers.network, bind=("*",), protected_mode=protected)
        found = names(planned(world, replace(answers, network=network)).exposure)
        assert "127.0.0.1:6379" in found
        assert any(name.startswith(("10.", "192.168.")) for name in found) is others


@pytest.mark.parametrize("certificates", ClientCertificates)
def test_tls_is_open_where_no_client_certificate_is_required(certificates: ClientCertificates) -> None:
    world = stock(clients=(ORDERS,))
    answers = recommended(world)
    tls = replace(answers.tls, client_certificates=certificates)
    found = names(planned(world, replace(answers, tls=tls)).exposure)
    assert ("127.0.0.1:6380 tls" in found) is (certificates is not ClientCertificates.REQUIRED)


def test_an_empty_plan_says_it_too() -> None:
    world = stock(clients=(ORDERS,))
    answers = recommended(world)
    after = world.apply(planned(world, answers))
    again = planned(after, answers)
    assert again.empty
    assert again.exposure.open


def test_a_password_that_stays_and_can_be_guessed_is_named_first() -> None:
    lines = "aclfile /etc/redis/users.acl\n"
    text = (
        b"user default off\nuser admin on >Strong-Pass-of-the-test ~* &* +@all\nuser shop on >foobared ~shop:* +@read\n"
    )
    path = PurePosixPath("/etc/redis/users.acl")
    world = World(files={**stock(lines).files, path: text}, running=False)
    facts, sources = world.detect()
    acl = facts.instances[0].acl
    weak = WeakPassword(user="shop", why="is a common one", source=f"{path}:3")
    assert isinstance(acl, AclFacts)
    facts = build.with_instance(facts, acl=replace(acl, weak_passwords=(weak,)))
    made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
    assert made.exposure.guessable == ("shop",)
    assert 'guess the password of "shop". To close: redis-cli ACL SETUSER' in " ".join(made.exposure.sentences())
