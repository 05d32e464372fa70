"""Putting the sandbox together: the Flask application, and a way to run it inside a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from . import (
    articles,
    control,
    control_broadcasts,
    control_crowd,
    control_world,
    messages,
    messages_v2,
    oa_info,
    oauth,
    onestop,
    pages,
    stream,
    tags,
    uploads,
    users,
    zbs,
)
from .config import SandboxConfig
from .edge import Edge
from .http import Server, serve_in_thread
from .world import World


@dataclass
class Running:
    """A sandbox at work; `world` is for looking deeper than the control API does."""

    url: str
    world: World
    config: SandboxConfig


def create_app(world: World) -> Flask:
    """All addresses: three Zalo hosts, control API, pages."""
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    zalo = (oauth, messages, messages_v2, articles, zbs, uploads, users, tags, oa_info)
    levers = (control, control_crowd, control_broadcasts, control_world, stream)
    for room in (*zalo, *levers, pages):
        app.register_blueprint(room.routes(world))
    app.register_blueprint(zbs.template_routes(world))
    if world.config.onestop_url:
        app.register_blueprint(onestop.routes(world))
    app.wsgi_app = Edge(app.wsgi_app, world)  # type: ignore[assignment,method-assign]
    return app


@contextmanager
def serving(config: SandboxConfig) -> Iterator[Running]:
    """Serve on `config.host` and `config.port` (0 = any free one) until the block ends."""
    server = Server((config.host, config.port), lambda environ, start: [])
    config = replace(config, port=int(server.server_address[1]))
    world = World(config)
    server.app = create_app(world)
    server.now = lambda: world.clock.now_ms() / 1000
    serve_in_thread(server)
    try:
        yield Running(config.url, world, config)
    finally:
        world.close()
        server.stop()


@contextmanager
def running(webhook: str = "", **options: Any) -> Iterator[Running]:
    """A sandbox on a free port of this machine, for tests; options are `SandboxConfig`'s.

    The token pair is ``test-access`` / ``test-refresh`` unless given.
    """
    options.setdefault("access_token", "test-access")
    options.setdefault("refresh_token", "test-refresh")
    with serving(SandboxConfig(webhook=webhook, **options)) as sandbox:
        yield sandbox
