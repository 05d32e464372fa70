"""Everything a citizen can ask, one file each; the router asks these routes (`bot.routing`)."""

from __future__ import annotations

from bot.routing import Route
from handlers import (
    fallback,
    feedback,
    follow,
    guides,
    help,
    human,
    language,
    lookup,
    menu,
    mine,
    narrow,
    news,
    payment,
    phone_link,
    phone_proof,
    photo,
    privacy,
    procedure,
    procedures,
    receipt,
    sentences,
    services,
    stop,
    topics,
    unlink,
    withdraw,
)

_MODULES = (
    photo,
    follow,
    withdraw,
    privacy,
    stop,
    topics,
    menu,
    human,
    feedback,
    lookup,
    narrow,
    mine,
    phone_link,
    phone_proof,
    unlink,
    receipt,
    payment,
    procedures,
    procedure,
    services,
    guides,
    sentences,
    news,
    help,
    language,
    fallback,
)

#: Every route there is, listed by ``python app.py routes``.
ROUTES: tuple[Route, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
