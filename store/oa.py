"""What the console shows of the OA's connection: ages of its token pair, never the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from store.tables import OaToken


@dataclass(frozen=True)
class TokenAges:
    """When the pair was given and renewed, and when each half ends."""

    state: str
    problem: str
    consented_at: datetime
    issued_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime


def ages(session: Session, oa_id: str) -> TokenAges | None:
    """The ages of the OA's pair; None when there never was one."""
    row = session.get(OaToken, oa_id)
    if row is None or not row.version:
        return None
    return TokenAges(
        row.state,
        row.problem,
        row.consented_at,
        row.issued_at,
        row.expires_at,
        row.refresh_expires_at,
    )
