"""Structured log lines: one JSON object a line, one correlation id from event to reply.

Phone numbers, identity numbers, message texts and secrets never get here: callers log ids,
kinds, counts, codes and durations, and `_only_known` drops every other member, so that a
careless call cannot leak what a citizen wrote.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

# Until `configure` is called, and in tests: what a command prints is its answer alone.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
_HOME = Path(__file__).resolve().parent
#: Members a line may have. Anything else is replaced by its name in ``dropped``.
KNOWN = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "correlation_id",
        "worker",
        "lane",
        "kind",
        "state",
        "status",
        "method",
        "path",
        "api",
        "code",
        "retry",
        "effect",
        "attempt",
        "attempts",
        "duration_ms",
        "count",
        "counts",
        "event_name",
        "handler",
        "outbox_id",
        "inbound_id",
        "dossier_id",
        "broadcast_id",
        "job",
        "slot",
        "channel",
        "cost",
        "host",
        "port",
        "url_host",
        "reason",
        "variant",
        "problem",
        "limit",
        "remain",
        "seconds",
        "bytes",
        "version",
        "database",
        "settings",
        "signal",
        "name",
        "source",
        "cache",
        "page",
        "pages",
        "ok",
        "error_type",
        "where",
    ]
)


def _only_known(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    unknown = [key for key in line if key not in KNOWN]
    for key in unknown:
        del line[key]
    if unknown:
        line["dropped"] = sorted(unknown)
    return line


def configure(level: str = "INFO") -> None:
    """Send structured lines to stderr; called once by every command that stays running."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_known,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Bridge(logging.WARNING)], level=logging.WARNING, force=True)
    threading.excepthook = _thread_died


class _Bridge(logging.Handler):
    """What libraries log: who and what kind, never their words, which may quote a row."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line of ours for one of theirs."""
        error = record.exc_info[1] if record.exc_info else None
        log = (
            get(record.name).error if record.levelno >= logging.ERROR else get(record.name).warning
        )
        log("library", error_type=type(error).__name__ if error else "", where=place(error))


def place(error: BaseException | None) -> str:
    """Where in our own code an exception passed last, as ``store/inbox.py:88``; "" if nowhere."""
    found = ""
    trace = error.__traceback__ if error else None
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(_HOME) and ".venv" not in path.parts:
            found = f"{path.relative_to(_HOME)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _thread_died(args: threading.ExceptHookArgs) -> None:
    get("threads").error(
        "thread_died",
        name=args.thread.name if args.thread else "",
        error_type=args.exc_type.__name__,
        where=place(args.exc_value),
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines say which room they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(source=name)
    return logger
