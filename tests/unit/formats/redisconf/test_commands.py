from wizard.formats.redisconf.commands import commands, is_command
from wizard.model.versions import columns


def test_every_server_has_the_commands_of_the_chapter() -> None:
    for server in columns():
        assert {"flushall", "flushdb", "debug", "keys", "shutdown", "config"} <= commands(server)


def test_versions_differ() -> None:
    assert "commandlog" in commands("v81") - commands("r80")
    assert "waitaof" in commands("r74") - commands("r62")


def test_a_name_is_found_in_any_case() -> None:
    assert is_command("FlushAll")
    assert not is_command("flushall_kept")
