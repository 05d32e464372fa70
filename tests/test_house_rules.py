"""Rules of the house that nobody has to remember: layers, settings, size, leftovers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = (
    "bot",
    "content",
    "handlers",
    "dossiers",
    "procedures",
    "notify",
    "store",
    "wording",
    "service",
    "qr",
    "feedback",
    "console",
    "feedback",
    "privacy",
)
BASE = {"settings", "settings_sending", "clock", "crypto", "journal"}


def modules(room: str) -> list[Path]:
    """The Python files of a room, migrations left out: they are history, not design."""
    return [p for p in sorted((ROOT / room).rglob("*.py")) if "migrations" not in p.parts]


def imported(path: Path) -> set[str]:
    """Dotted names a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def rooms_of(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", modules("sandbox"), ids=str)
def test_the_sandbox_knows_nothing_of_the_product(path: Path) -> None:
    assert not rooms_of(imported(path)) & ({*PRODUCT, "app", *BASE})


@pytest.mark.parametrize("room", PRODUCT)
def test_the_product_knows_nothing_of_the_sandbox(room: str) -> None:
    assert not [p for p in modules(room) if "sandbox" in rooms_of(imported(p))]


def test_only_the_store_speaks_sql() -> None:
    allowed = {"sqlalchemy.exc", "sqlmodel.Session", "sqlmodel"}
    for room in set(PRODUCT) - {"store"}:
        for path in modules(room):
            names = {n for n in imported(path) if n.split(".")[0] in ("sqlalchemy", "sqlmodel")}
            wrong = {n for n in names if n not in allowed and not n.startswith("sqlalchemy.exc.")}
            assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_the_store_stands_below_everything() -> None:
    for path in modules("store"):
        assert not rooms_of(imported(path)) & (set(PRODUCT) - {"store"}), path


def test_only_the_client_side_speaks_http_to_zalo() -> None:
    allowed = {"bot/wire.py", "bot/transport.py", "bot/oauth.py", "service/demo.py"}
    for room in PRODUCT:
        for path in modules(room):
            if "requests" in rooms_of(imported(path)):
                assert str(path.relative_to(ROOT)) in allowed


def test_handlers_never_touch_the_network_or_the_web() -> None:
    for path in modules("handlers"):
        names = imported(path)
        assert not rooms_of(names) & {"requests", "flask", "notify_sender"}, path
        assert "bot.client" not in names, path


def test_every_setting_stands_in_the_example_and_nothing_else_does() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_readme_names_the_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert all(command in readme for command in ("make demo", "make test", "make bench"))


def test_no_file_is_larger_than_a_newcomer_can_read() -> None:
    for room in (*PRODUCT, "sandbox"):
        for path in modules(room):
            assert len(path.read_text().splitlines()) <= 350, path


def test_nothing_unfinished_is_left() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error", "chưa hỗ " + "trợ")
    for room in (*PRODUCT, "sandbox", "tests"):
        for path in modules(room):
            found = [word for word in words if word in path.read_text()]
            assert not found, f"{path.relative_to(ROOT)}: {found}"
