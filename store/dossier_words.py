"""The words a dossier is found by: its owner's name without diacritics, the end of its code.

A table of our own instead of a database's text search: the same on SQLite and PostgreSQL, and a
list of the newest dossiers with a word is read straight from the index at any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Dossier, DossierWord

_WORD = re.compile(r"[^\W_]+")
#: Longer names are cut; nobody searches by the seventeenth word.
_MOST = 16
_LONGEST = 40
#: Rows a statement, two values each.
_CHUNK = 5000


def words_of(owner_folded: str, code: str) -> list[str]:
    """The words of a dossier, each once: those of the folded name, and the code's last part."""
    words = [word[:_LONGEST] for word in _WORD.findall(owner_folded)][:_MOST]
    tail = code.rpartition("-")[2]
    return list(dict.fromkeys([*words, tail] if tail else words))


def index_words(session: Session, dossiers: Iterable[Dossier]) -> None:
    """Write the words of dossiers whose name changed; those that stayed are left alone."""
    wanted = {
        row.id: set(words_of(row.owner_folded, row.code)) for row in dossiers if row.id is not None
    }
    if not wanted:
        return
    kept: dict[int, set[str]] = {}
    for dossier_id, word in session.exec(
        select(DossierWord.dossier_id, DossierWord.word).where(
            col(DossierWord.dossier_id).in_(list(wanted))
        )
    ):
        kept.setdefault(dossier_id, set()).add(word)
    connection = session.connection()
    for dossier_id, words in wanted.items():
        gone = kept.get(dossier_id, set()) - words
        if gone:
            connection.execute(
                delete(DossierWord).where(
                    col(DossierWord.dossier_id) == dossier_id, col(DossierWord.word).in_(gone)
                )
            )
    new = [
        {"word": word, "dossier_id": dossier_id}
        for dossier_id, words in wanted.items()
        for word in sorted(words - kept.get(dossier_id, set()))
    ]
    insert = (
        sqlite.insert(DossierWord)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(DossierWord)
    )
    for start in range(0, len(new), _CHUNK):
        part = new[start : start + _CHUNK]
        connection.execute(insert.values(part).on_conflict_do_nothing())
