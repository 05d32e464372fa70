"""A process that renews the token and is killed at a chosen point of it:
``python -m tests.promises.renewing_process DATABASE_URL ZALO_URL POINT``.

Points: ``called`` (before Zalo is asked), ``answered`` (Zalo gave the new pair, nothing is
written), ``committing`` (written, not committed), ``committed`` (durable, not yet used).
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

from sqlalchemy import event

from bot.oauth import OAuthClient, TokenPair
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from settings import Settings
from store.engine import Database

#: As `tests.conftest.MORNING`, which would bring all of pytest along.
_MORNING = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
POINTS = ("called", "answered", "committing", "committed")


def die() -> None:
    """No farewell: as when the machine loses its power."""
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(OAuthClient):
    """The real client, killed before the call or after its answer."""

    point = ""
    database: Database

    def refresh(self, refresh_token: str) -> TokenPair:
        if self.point == "called":
            die()
        pair = super().refresh(refresh_token)
        if self.point == "answered":
            die()
        if self.point == "committing":
            event.listen(self.database.engine, "commit", lambda _: die())
        return pair


def main(database_url: str, zalo_url: str, point: str) -> None:
    """Renew the pair that stands in the database, and die."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None,
        environment="test",
        secret_key="test-secret-key-of-32-characters!!",
        zalo_oa_id="4100000000000000017",
    )
    database = Database(database_url)
    oauth = Dying(zalo_url, "1122334455667788990", "test-app-secret", (2, 5))
    oauth.point, oauth.database = point, database
    vault = Vault(settings.secret_key.get_secret_value())
    Tokens(database, vault, oauth, settings, FixedClock(_MORNING)).renew("test-access")
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
