"""Peers beside us in one run: webhooks of LINE and Slack, queues huey, rq and procrastinate.

They are installed in ``.venv-peers`` by ``make bench-peers``; where that is missing the rows say so.
Numbers we lose are published like those we win.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.driver import drive
from bench.peer_queues import compared
from bench.peer_requests import line_requests, slack_requests
from bench.rows import Options, Row
from bench.servers import PEERS, databases, environment, serving
from bench.webhook import signed_requests

_ROUNDS, _SECONDS = 3, 4
#: Application, its requests, and whether it runs on the peers' packages.
_APPS = {
    "bare": ("bench.servers:bare", signed_requests, False),
    "sqlite": ("service.web:application", signed_requests, False),
    "postgresql": ("service.web:application", signed_requests, False),
    "line-bot-sdk": ("bench.peer_apps.webhooks:line", line_requests, True),
    "slack-bolt": ("bench.peer_apps.webhooks:bolt", slack_requests, True),
}


def run(options: Options) -> Iterator[Row]:
    """Line 2 and the queues; about twelve minutes."""
    if not PEERS.exists():
        yield Row("-", "peers", "", {"left_out": "make_bench-peers_installs_them"})
        return
    with databases(options.databases) as urls:
        yield from _webhooks(urls)
    # Fresh ones: our worker would first handle what the webhooks left.
    with databases(options.databases) as urls:
        yield from compared(urls, options.jobs)


def _webhooks(urls: dict[str, str]) -> Iterator[Row]:
    """All by the same server, in turn; ours stores each event before it answers, theirs do not."""
    apps = {n: a for n, a in _APPS.items() if n not in ("sqlite", "postgresql") or n in urls}
    rates: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(_ROUNDS):
        for name, (target, requests_of, theirs) in apps.items():
            env = environment(urls.get(name, "sqlite://"))
            with serving(target, "granian", env, theirs=theirs) as port:
                drive(port, requests_of(500), seconds=1)
                outcome = drive(port, requests_of(40_000), seconds=_SECONDS)
                assert set(outcome.statuses) == {200}, (name, outcome.statuses)
                rates[name].append(outcome.rate)
    bare = statistics.median(rates.pop("bare"))
    for name, found in rates.items():
        rate = statistics.median(found)
        numbers: dict[str, float | str] = {"per_s": rate, "bare_per_s": bare}
        if name in urls:
            what, kind = "webhooks beside the peers, stored before the answer", name
        else:
            what, kind = f"webhooks of {name}, nothing stored", ""
        yield Row("2", what, kind, numbers, rate / bare)
