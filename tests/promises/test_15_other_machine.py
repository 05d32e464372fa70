"""Promise 15, second half: another time zone or locale of the machine, or of the database server,
changes no card, no deadline, no tick and no word.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from settings import ROOT
from store.engine import Database
from tests.promises.sizes import size

#: Whole processes are started: on a machine with much to do that takes its time.
pytestmark = pytest.mark.timeout(600)

HERE = {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8"}
ELSEWHERE = (
    # Daylight saving, and a machine that believes in ASCII alone.
    {
        "TZ": "America/New_York",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    },
    # The date line, and a language in which "I" is no capital of "i".
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
)
#: What decides the encoding and the zone; nothing of it may come from whoever runs the tests.
_OURS = ("TZ", "LC_ALL", "LANG", "LC_CTYPE", "PYTHONUTF8", "PYTHONIOENCODING")


def start(database_url: str, number: int, machine: dict[str, str]) -> subprocess.Popen[str]:
    rest = {name: value for name, value in os.environ.items() if name not in _OURS}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.promises.said_here", database_url, str(number)],
        cwd=ROOT,
        env={**rest, **machine},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, problem = process.communicate(timeout=150)
    assert process.returncode == 0, problem[-3000:]
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def test_every_machine_says_and_counts_the_same(db: Database, database_url: str) -> None:
    here = said(start(database_url, 1, HERE))
    if not db.is_sqlite:
        with db.autocommit.connect() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET timezone = 'America/New_York'")
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET datestyle = 'German, DMY'")
    for number, machine in enumerate(ELSEWHERE[: size(1, 2)], 2):
        there = said(start(database_url, number, machine))
        for what in here:
            assert there[what] == here[what], f"{what} under {machine}"
    assert "15/11/2026 23:30:08" in here["told"][0]
    if db.is_sqlite:
        assert "ĐĂNG KÝ KHAI SINH" in " ".join(here["understood"]).upper()


def test_the_command_line_works_there_too(database_url: str) -> None:
    machine = ELSEWHERE[0]
    rest = {name: value for name, value in os.environ.items() if name not in _OURS}
    ours = {"ENVIRONMENT": "test", "DATABASE_URL": database_url, "SECRET_KEY": "x" * 32}
    done = subprocess.run(
        [sys.executable, "app.py", "db", "upgrade"],
        cwd=ROOT,
        env={**rest, **machine, **ours},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
