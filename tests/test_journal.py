"""Log lines: one JSON object each, only known members, never the words of a library or a trace."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

from settings import ROOT

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
