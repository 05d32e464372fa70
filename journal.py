"""Structured log lines: one JSON object a line, one correlation id from event to reply.

Phone numbers, identity numbers, message texts and secrets never get here: callers log ids,
kinds, counts, codes and durations, and `_only_known` drops every other member, so that a
careless call cannot leak what a citizen wrote.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

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


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines say which room they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(source=name)
    return logger
