"""Patterns from the names of keys."""

import pytest

from wizard.acl.namespaces import MOST_PATTERNS, namespace, sample, uncovered


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("shop:cart:7", "shop:*"),
        ("rq:job:5f0c", "rq:*"),
        ("_kombu.binding.celery", "_kombu.*"),
        ("celery-task-meta-9", "celery-*"),
        ("{user1000}.following", "{user1000}*"),
        ("jobs", "jobs"),
        ("huey.redis", "huey.*"),
        ("a/b", "a/*"),
        ("1000:name", ""),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6.reply", ""),
        ("d41d8cd98f00b204e9800998ecf8427e", ""),
        ("", ""),
        (":", ""),
        ("with blank:1", ""),
        ("star*:1", ""),
        (r"\xff:1", ""),
    ],
)
def test_a_name_has_the_pattern_of_its_first_part(name: str, pattern: str) -> None:
    assert namespace(name) == pattern


def test_names_are_counted_and_not_kept() -> None:
    found = sample(["shop:1", "shop:2", "cart:1", "77", "secret words here"])
    assert (found.patterns, found.names, found.unnamed) == (("cart:*", "shop:*"), 5, 2)


def test_names_of_their_own_are_no_namespaces() -> None:
    found = sample(f"key{letter}" for letter in "abcdefghijklmnop"[: MOST_PATTERNS + 1])
    assert (found.patterns, found.unnamed) == ((), MOST_PATTERNS + 1)


def test_patterns_that_no_rule_covers_are_told() -> None:
    assert uncovered(("shop:*", "cart:*", "jobs"), ("~shop:*", "%R~job?", "+get")) == ("cart:*",)
    assert uncovered(("shop:*",), ("allkeys",)) == ()
    assert uncovered(("shop:*",), ("-@all",)) == ("shop:*",)
