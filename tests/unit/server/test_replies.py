import pytest

from wizard.server import replies


def test_reads_info_lines_and_leaves_titles_out() -> None:
    assert replies.info_fields("# Server\r\nredis_version:8.0.2\r\nos:Linux 6\r\n\r\n# Clients\r\n") == {
        "redis_version": "8.0.2",
        "os": "Linux 6",
    }


def test_keeps_colons_of_a_value() -> None:
    assert replies.info_fields("slave0:ip=::1,port=6379") == {"slave0": "ip=::1,port=6379"}


def test_counts_calls_per_command_with_subcommands() -> None:
    fields = {"cmdstat_get": "calls=3,usec=9", "cmdstat_config|get": "calls=1,usec=2", "uptime": "calls=7"}
    assert replies.command_calls(fields.items()) == {"get": 3, "config|get": 1}


def test_sums_the_keys_of_all_databases() -> None:
    fields = {"db0": "keys=12,expires=0,avg_ttl=0", "db3": "keys=1", "dbsize": "keys=5", "db_x": "keys=9"}
    assert replies.key_count(fields.items()) == 13


def test_reads_names_and_values_of_a_client() -> None:
    assert replies.attributes("id=3 addr=1.2.3.4:5 name= lib-name=redis-py(a=b)") == {
        "id": "3",
        "addr": "1.2.3.4:5",
        "name": "",
        "lib-name": "redis-py(a=b)",
    }


@pytest.mark.parametrize("reply", [None, "x", 3])
def test_gives_nothing_for_a_reply_of_another_shape(reply: replies.Reply) -> None:
    assert replies.texts(reply) == ()
    assert replies.pairs(reply) == {}
    assert replies.nested_pairs(reply) == {}


def test_turns_nested_replies_to_text() -> None:
    assert replies.pairs(["modules", ["a", 1, None], "port", 6379]) == {"modules": "a 1 ", "port": "6379"}
    assert replies.nested_pairs(["flags", ["on"]]) == {"flags": ["on"]}
