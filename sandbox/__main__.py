"""``python -m sandbox``: serve the local Zalo until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import click

from .config import MENU_PAYLOADS, SandboxConfig
from .server import serving

DEFAULTS = SandboxConfig()


def _menu(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> Any:
    menu = dict(MENU_PAYLOADS)
    for item in given:
        name, separator, payload = item.partition("=")
        if not separator or name not in menu or not payload:
            raise click.BadParameter(f"NAME=PAYLOAD with NAME one of {', '.join(menu)}")
        menu[name] = payload
    return menu


@click.command(help="A local Zalo: API, webhook sender, phone page, operator page.")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Port to serve on.")
@click.option("--webhook", default="", help="Where events are sent to.")
@click.option("--host", default=DEFAULTS.host, show_default=True)
@click.option("--app-id", default=DEFAULTS.app_id, show_default=True)
@click.option("--app-secret", default=DEFAULTS.app_secret, show_default=True)
@click.option("--oa-id", default=DEFAULTS.oa_id, show_default=True)
@click.option("--oa-secret", default=DEFAULTS.oa_secret, show_default=True)
@click.option("--oa-name", default=DEFAULTS.oa_name, show_default=True)
@click.option("--oa-address", default=DEFAULTS.oa_address, show_default=True)
@click.option("--callback", default="", help="The only redirect_uri allowed; any when empty.")
@click.option("--access-token", default="", help="Access token in force from the start.")
@click.option("--refresh-token", default="", help="Its refresh token.")
@click.option("--rate-oa", default=DEFAULTS.rate_oa, show_default=True, help="OA calls a minute.")
@click.option(
    "--rate-app", default=DEFAULTS.rate_app, show_default=True, help="App calls a minute."
)
@click.option("--templates", type=click.Path(exists=True, path_type=Path), help="ZBS templates.")
@click.option("--menu-payload", "menu", multiple=True, callback=_menu, help="NAME=PAYLOAD.")
@click.option("--onestop-url", default="", help="The product, for the one-stop simulator.")
@click.option("--onestop-key", default="", help="API key of the one-stop simulator.")
@click.option("--onestop-data", type=click.Path(exists=True, path_type=Path), help="Dossiers.")
def main(**options: Any) -> None:
    """Serve until SIGINT or SIGTERM."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with serving(SandboxConfig(**options)) as sandbox:
            click.echo(f"Zalo sandbox: {sandbox.url}/  (operator: {sandbox.url}/operator)")
            stopping.wait()
    except OSError as error:
        raise click.ClickException(f"cannot serve on port {options['port']}: {error}") from None


if __name__ == "__main__":
    main()
