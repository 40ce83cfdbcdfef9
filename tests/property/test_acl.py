"""Laws of ACL files, users, patterns and passwords."""

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from wizard.acl.aclfile import AclDocument, find_problems
from wizard.acl.commands import CommandTable, table_for
from wizard.acl.equivalence import same
from wizard.acl.evaluate import is_allowed, selectors
from wizard.acl.glob import example_key, matches
from wizard.acl.password import fingerprint, generate, hash_password, mask_line
from wizard.acl.presets import expected_access, rules
from wizard.acl.repair import repair
from wizard.acl.user import User, from_rules, masked, parse_line, render
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole
from wizard.model.facts.service import Flavour
from wizard.model.versions import columns

PATH = PurePosixPath("/etc/redis/users.acl")
NAMES = st.from_regex(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,8}", fullmatch=True)
HASHES = st.text(max_size=5).map(hash_password)
PATTERNS = st.text("ab:*?[]^-\\é0", min_size=1, max_size=8)
COMMANDS = st.sampled_from(sorted(table_for("r80").categories))
RULES = st.one_of(
    st.sampled_from(["allkeys", "resetkeys", "allchannels", "resetchannels", "+@all", "-@all", "clearselectors"]),
    st.builds(str.__add__, st.sampled_from("+-"), COMMANDS),
    st.builds(
        str.__add__, st.sampled_from(["+@", "-@"]), st.sampled_from(sorted(set(table_for("r80").members) - {"always"}))
    ),
    st.builds(str.__add__, st.sampled_from(["~", "%R~", "%W~", "&"]), PATTERNS),
    st.builds("(~{} +{})".format, st.sampled_from("ab"), COMMANDS),
)
USERS = st.builds(
    User,
    name=NAMES,
    enabled=st.booleans(),
    nopass=st.just(False),  # noqa: FBT003 - a value drawn
    passwords=st.lists(HASHES, max_size=3, unique=True).map(tuple),
    rules=st.lists(RULES, max_size=8).map(tuple),
)
LINES = st.one_of(
    USERS.map(render),
    st.sampled_from(
        ["", "# note", "user", "user a on \\", "USER b on", "user a on #12", "\tuser c on +get # x", "user a on (x"]
    ),
    st.text(max_size=20),
)
FILES = st.lists(LINES, max_size=6).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(
        lambda ending: ending.join(lines).encode("utf-8", "surrogatepass")
    )
)


@given(data=st.one_of(st.binary(), FILES))
def test_a_file_is_given_back_byte_for_byte(data: bytes) -> None:
    document = AclDocument.parse(data)
    assert document.data() == data
    assert len(document.lines) == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


@given(data=FILES, user=USERS)
def test_setting_a_user_touches_no_other_line_and_is_done_once(data: bytes, user: User) -> None:
    before = AclDocument.parse(data)
    after = before.set_user(user)
    found = after.user(user.name)
    assert found is not None
    assert same(found, user)
    assert after.set_user(user).data() == after.data()
    others = [
        line.rstrip(b"\n")
        for line in before.lines
        if not line.strip(b" \t\r\n").startswith(b"user " + user.name.encode() + b" ")
    ]
    rest = [line.rstrip(b"\n") for line in after.lines]
    assert all(line in rest for line in others if line)


@given(data=FILES, user=USERS)
def test_a_removed_user_is_gone_and_the_rest_stays(data: bytes, user: User) -> None:
    document = AclDocument.parse(data).set_user(user).remove_user(user.name)
    assert not document.has(user.name)
    assert document.data() == AclDocument.parse(data).remove_user(user.name).data() or not data.endswith(b"\n")


@given(user=USERS)
def test_a_user_is_read_as_it_was_written(user: User) -> None:
    assert parse_line(render(user)) == user
    assert parse_line(render(masked(user))) == masked(user)
    assert same(user, masked(user))


@given(user=USERS)
def test_no_repr_holds_a_hash(user: User) -> None:
    assert not any(hashed[:8] in repr(user) for hashed in user.passwords)


@given(
    before=st.text(max_size=10),
    word=st.text("abcdefgh23", min_size=8, max_size=12),
    sign=st.sampled_from([">", "<", "#", "!"]),
)
def test_no_masked_line_holds_a_secret(before: str, word: str, sign: str) -> None:
    secret = word + "-ZQ"
    for line in (f"user a {before} {sign}{secret}", f"user a on\t{sign}{secret} {before}", f"#{before}{secret}"):
        assert secret not in mask_line(line)
        assert mask_line(mask_line(line)) == mask_line(line)


@given(data=st.one_of(st.binary(), FILES), column=st.sampled_from(columns()))
def test_no_file_makes_the_judges_fail(data: bytes, column: str) -> None:
    version, flavour = f"{column[1]}.{column[2]}", Flavour.VALKEY if column[0] == "v" else Flavour.REDIS
    for problem in find_problems(PATH, data, version, flavour=flavour):
        assert problem.what
        assert problem.remedy
    mended = repair(AclDocument.parse(data), flavour=flavour, version=version)
    assert repair(mended, flavour=flavour, version=version) == mended


@given(words=st.lists(RULES, max_size=8), column=st.sampled_from(columns()))
def test_taking_all_away_leaves_nothing(words: list[str], column: str) -> None:
    (root, *others) = selectors([*words, "-@all", "resetkeys", "resetchannels", "clearselectors"], table_for(column))
    assert not others
    assert not any((root.commands, root.keys, root.channels, root.everything, root.first_arguments))


@given(words=st.lists(RULES, max_size=6), command=COMMANDS)
def test_a_command_that_is_taken_last_is_refused_and_one_given_last_is_allowed(words: list[str], command: str) -> None:
    known = table_for("r80")
    if "always" in known.categories[command] or command in known.children:
        return
    sample = command.split("|")
    words = [word for word in words if not word.startswith("(")]
    taken, given_ = from_rules("a", [*words, f"-{command}"]), from_rules("a", [*words, f"+{command}"])
    assert not is_allowed(taken, sample, keys=(), channels=(), flavour=Flavour.REDIS, version="8.0.2").allowed
    assert is_allowed(given_, sample, keys=(), channels=(), flavour=Flavour.REDIS, version="8.0.2").allowed


@given(pattern=PATTERNS)
def test_a_pattern_matches_its_example(pattern: str) -> None:
    try:
        example = example_key(pattern)
    except InvalidValueError:
        return
    assert matches(pattern, example)


@given(text=st.text("abc", max_size=8), pattern=st.text("abc*?", max_size=8))
def test_matching_agrees_with_the_standard_library_where_both_know_the_sign(text: str, pattern: str) -> None:
    import fnmatch  # noqa: PLC0415 - the other judge

    assert matches(pattern, text) is fnmatch.fnmatchcase(text, pattern)


@given(
    keys=st.lists(st.from_regex(r"[a-z:*?]{1,6}", fullmatch=True), min_size=1, max_size=3),
    role=st.sampled_from(list(AclRole)),
    column=st.sampled_from(columns()),
)
def test_every_promise_is_kept_by_our_judgement(keys: list[str], role: AclRole, column: str) -> None:
    version, flavour = f"{column[1]}.{column[2]}.99", Flavour.VALKEY if column[0] == "v" else Flavour.REDIS
    rule = rules(role, keys=keys, channels=keys, flavour=flavour, version=version, custom="+@read -@dangerous")
    promised, user = expected_access(rule, flavour=flavour, version=version), from_rules("a", rule.split())
    assert all(is_allowed(user, sample, flavour=flavour, version=version).allowed for sample in promised.allowed)
    assert not any(is_allowed(user, sample, flavour=flavour, version=version).allowed for sample in promised.denied)


@given(raw=st.binary(min_size=33, max_size=33))
def test_a_drawn_password_stands_in_a_line_as_it_is(raw: bytes) -> None:
    password = generate(lambda count: raw[:count]).reveal()
    assert parse_line(f"user a >{password}").passwords == (hash_password(password),)
    assert fingerprint(hash_password(password)) in mask_line(f"user a >{password}")


@given(words=st.lists(RULES, max_size=8), column=st.sampled_from(columns()))
def test_rules_of_commands_keys_and_channels_do_not_act_on_each_other(words: list[str], column: str) -> None:
    known = table_for(column)
    keys = [word for word in words if word[0] in "~%" or word in ("allkeys", "resetkeys")]
    channels = [word for word in words if word[0] == "&" or word in ("allchannels", "resetchannels")]
    sorted_words = [*(word for word in words if word not in (*keys, *channels)), *channels, *keys]
    assert same(from_rules("u", words), from_rules("u", sorted_words))
    assert _rights(words, known) == _rights(sorted_words, known)
    assert not known.subcommands or _rights(words, known) == _rights(["resetchannels", *words], known)


def _rights(words: list[str], known: CommandTable) -> list[tuple[object, ...]]:
    return [
        (each.commands, each.everything, each.first_arguments, set(each.keys), set(each.channels))
        for each in selectors(words, known)
    ]
