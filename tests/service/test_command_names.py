"""Every command of the table exists under its name, and is listed."""

from click.testing import CliRunner

from service.commands import COMMANDS, cli, load


def test_each_command_is_called_as_the_table_says() -> None:
    assert {name: load(name).name for name in COMMANDS} == {name: name for name in COMMANDS}


def test_the_help_page_lists_them_all() -> None:
    told = CliRunner().invoke(cli, ["--help"]).stdout
    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []
