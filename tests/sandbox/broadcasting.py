"""Short ways to send a broadcast and to see whom it reached."""

from __future__ import annotations

from typing import Any

from .conftest import Zalo


def sent(zalo: Zalo, *articles: str, target: Any = None) -> str:
    """The id of an accepted broadcast."""
    answer = zalo.broadcast(*articles, target=target)
    assert answer["error"] == 0, answer
    return str(answer["data"]["message_id"])


def reviewed(zalo: Zalo, broadcast: str) -> dict[str, Any]:
    """The broadcast once it is approved and everything delivered."""
    zalo.control("POST", f"broadcasts/{broadcast}/approve")
    zalo.settle()
    view: dict[str, Any] = zalo.get(f"broadcasts/{broadcast}")
    return view


def got(zalo: Zalo, uid: str) -> list[str]:
    """What the OA's lines in this chat say."""
    return [m["text"] for m in zalo.get(f"people/{uid}/chat?from=oa")["messages"]]
