"""Connecting the OA: the consent link, or a pair of tokens by hand."""

from __future__ import annotations

import click

from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import SystemClock
from crypto import Vault
from service.commands.group import opened
from settings import load


@click.group()
def oa() -> None:
    """The Official Account's credentials."""


@oa.command()
def connect() -> None:
    """Print the link an OA admin opens to let this system act for the OA (10 minutes)."""
    from bot.consent_page import consent_link

    settings = load()
    vault = Vault(settings.secret_key.get_secret_value())
    with opened(settings) as database:
        click.echo(consent_link(database, vault, settings, SystemClock().now()))


@oa.command()
@click.option("--access-token", required=True, metavar="A")
@click.option("--refresh-token", required=True, metavar="R")
def token(access_token: str, refresh_token: str) -> None:
    """Store a pair made in Zalo's API Explorer; the database owns it from then on."""
    settings = load()
    vault = Vault(settings.secret_key.get_secret_value())
    with opened(settings) as database:
        oauth = OAuthClient(
            settings.zalo_oauth_url,
            settings.zalo_app_id,
            settings.zalo_app_secret.get_secret_value(),
        )
        Tokens(database, vault, oauth, settings, SystemClock()).store_pair(
            access_token, refresh_token
        )
    click.echo("stored")
