"""Log lines: one JSON object each, only known members, never the words of a library or a trace."""

from __future__ import annotations

import ast
import json
import logging
import re
import subprocess
import sys

import journal
from settings import ROOT
from tests.test_house_rules import PRODUCT, modules

_SCRIPT = """
import logging, threading
import journal
journal.configure("INFO")
journal.get("room").info("line", outbox_id=7, text="Nguyễn Thị Mẫu 0900000001")
try:
    raise ValueError("row of 0900000001")
except ValueError:
    logging.getLogger("sqlalchemy.pool").error("parameters: 0900000001", exc_info=True)
logging.getLogger("urllib3").info("not worth a line")
def die():
    from dossiers.times import read_time
    read_time("0900000001 x")
thread = threading.Thread(target=die, name="loop")
thread.start()
thread.join()
"""


def test_nothing_personal_and_no_trace_gets_through() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert "0900000001" not in done.stderr
    own, library, thread = lines
    assert (own["event"], own["outbox_id"], own["dropped"]) == ("line", 7, ["text"])
    assert (library["source"], library["error_type"]) == ("sqlalchemy.pool", "ValueError")
    assert (thread["name"], thread["error_type"]) == ("loop", "ValueError")
    assert thread["where"].startswith("dossiers/times.py:")


def test_tests_keep_pythons_own_logging() -> None:
    assert not any(type(h).__name__ == "_Bridge" for h in logging.getLogger().handlers)


def test_every_member_the_product_logs_is_known() -> None:
    """A member nobody declared is dropped: its line would not say what it is about."""
    logged = 0
    for room in PRODUCT:
        for path in modules(room):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr not in ("debug", "info", "warning", "error"):
                    continue
                if not re.fullmatch(
                    r"(_?log|journal\.get\(.*\))", ast.unparse(node.func.value), re.I
                ):
                    continue
                logged += 1
                told = {word.arg for word in node.keywords if word.arg}
                assert told <= journal.KNOWN, f"{path.relative_to(ROOT)}:{node.lineno}"
    assert logged > 40
