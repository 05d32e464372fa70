"""The group every command hangs on, and what they share: settings, database, one-line errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from settings import Settings, SettingsError, load, refuse_samples

if TYPE_CHECKING:
    # What stays running starts from here: it must not carry the memory of what it does not use.
    from store.engine import Database


class OneLineErrors(click.Group):
    """Failures a person can mend are one line on stderr and a non-zero status, no trace.

    Commands that were offered are loaded when they are asked for.
    """

    _offered: Mapping[str, object] = {}
    _load: Callable[[str], click.Command] | None = None

    def offer(self, names: Mapping[str, object], load: Callable[[str], click.Command]) -> None:
        """Commands by name, and how to get one."""
        self._offered, self._load = names, load

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, for the help page."""
        return sorted({*super().list_commands(ctx), *self._offered})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now if it was not yet."""
        if self._load is not None and cmd_name in self._offered and cmd_name not in self.commands:
            self.add_command(self._load(cmd_name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        except Exception as error:
            if not _of_the_database(error):
                raise
            # The first line of the driver's own words; the statement and its values stay out.
            said = (str(getattr(error, "orig", "")).strip() or type(error).__name__).splitlines()[0]
            raise click.ClickException(f"database: {said}") from None


def _of_the_database(error: Exception) -> bool:
    from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

    return isinstance(error, OperationalError | InternalError | ProgrammingError)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """One-stop public services of a province behind its Zalo Official Account."""


def production_settings() -> Settings:
    """Settings for a command that runs for real: sample secrets are refused."""
    settings = load()
    refuse_samples(settings)
    return settings


def as_staff_have_it(settings: Settings, database: Database) -> Settings:
    """The settings with what staff changed in the console, for commands that write to citizens."""
    from content.live import LiveSettings

    return LiveSettings.over(settings, database)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings, closed at the end."""
    from store.engine import using

    with using(settings.database_url) as database:
        yield database
