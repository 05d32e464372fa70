"""``make bench``: run every measurement, or those named, print one table and keep the logbook."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback

from bench.logbook import FULL, WHOLE, Logbook
from bench.rows import Options, Row

ALL = (
    "webhook",
    "latency",
    "sender",
    "search",
    "paper",
    "overview",
    "console",
    "broadcast",
    "memory",
    "peers",
)
#: By name only: too much disk and too many hours for every run.
APART = ("scale",)


def main() -> None:
    """Print each row as it is measured; exit code 1 when a benchmark failed, after all others."""
    asked = _arguments()
    options = Options(asked.dossiers, tuple(asked.only), asked.hour, asked.jobs)
    names = asked.names or ALL
    whole = not asked.names and options == Options()
    logbook = None if asked.no_log else Logbook(FULL if whole else ",".join(names))
    print(f"{'line':4} {'what':52} {'database':10} numbers")
    began = time.monotonic()
    failed = [name for name in names if not _measured(name, options, logbook)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
    if whole:
        _keep(Row("-", WHOLE, "", {"minutes": (time.monotonic() - began) / 60}), logbook)


def _measured(name: str, options: Options, logbook: Logbook | None) -> bool:
    """Whether it ran to its end; hours of other benchmarks must not be lost with one."""
    try:
        for row in importlib.import_module(f"bench.{name}").run(options):
            _keep(row, logbook)
    except Exception:
        traceback.print_exc()
        return False
    return True


def _keep(row: Row, logbook: Logbook | None) -> None:
    missed = "" if row.holds() else f"  MISSES {row.bar}"
    print(f"{row.line:4} {row.what:52} {row.database:10} {row.told()}{missed}", flush=True)
    if logbook is not None:
        logbook.add(row)


def _arguments() -> argparse.Namespace:
    given = Options()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, *APART, []], metavar="name")
    parser.add_argument("--no-log", action="store_true", help="leave bench/logbook.csv alone")
    parser.add_argument("--dossiers", type=int, default=given.dossiers, help="console and scale")
    parser.add_argument("--jobs", type=int, default=given.jobs, help="peers: jobs to drain")
    parser.add_argument("--hour", action="store_true", help="memory: an hour, not three minutes")
    parser.add_argument(
        "--only", nargs=1, choices=given.databases, default=given.databases, help="one database"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
