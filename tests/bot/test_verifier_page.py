"""Zalo's domain file: served byte for byte under its own name, and nothing else of the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot.verifier_page import problem
from clock import FixedClock
from service.web import build
from settings import Settings
from store.engine import Database

NAME = "zalo_verifierFl2pSg_R-9aB0.html"
FILE = '<html><head><meta property="zalo-platform-site-verification" content="Fl2p"/></head>\r\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / NAME).write_bytes(FILE.encode())
    (tmp_path / "secret.html").write_text("not for anybody")
    return tmp_path


def asked(db: Database, settings: Settings, clock: FixedClock, file: Path | str) -> FlaskClient:
    told = settings.model_copy(update={"zalo_verifier_file": str(file)})
    return build(told, db, clock).test_client()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_file_is_served_as_zalo_made_it(
    db: Database, settings: Settings, clock: FixedClock, folder: Path
) -> None:
    answer = asked(db, settings, clock, folder / NAME).get(f"/{NAME}")
    assert (answer.status_code, answer.data) == (200, FILE.encode())
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("", f"/{NAME}"),
        (NAME, "/zalo_verifierOther.html"),
        (NAME, "/zalo_verifier"),
        (NAME, f"/zalo_verifier..%2f{NAME}"),
        ("secret.html", "/secret.html"),
        ("gone/" + NAME, f"/{NAME}"),
    ],
)
def test_nothing_else_is(
    db: Database, settings: Settings, clock: FixedClock, folder: Path, file: str, path: str
) -> None:
    answer = asked(db, settings, clock, folder / file if file else "").get(path)
    assert answer.status_code == 404


def test_what_cannot_be_served_is_named(settings: Settings, folder: Path) -> None:
    def told(file: Path | str) -> str:
        return problem(settings.model_copy(update={"zalo_verifier_file": str(file)}))

    assert told("") == "" == told(folder / NAME)
    assert "secret.html is not named" in told(folder / "secret.html")
    assert "cannot be read" in told(folder / "gone" / NAME)
    (folder / NAME).write_bytes(b"x" * 65537)
    assert "larger than 65536" in told(folder / NAME)
