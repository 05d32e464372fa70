"""2. Bad, missing, truncated, foreign signatures: answered 200, nothing stored, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import REGISTRY
from sqlmodel import col

from store.tables import InboundEvent
from tests.e2e.conftest import Town, town_of
from tests.promises.deliveries import counted, deliver, held_back, mac, stored

OTHERS = "anotherOAsSecret0123"
#: What the webhook counts each of them as.
UNSIGNED, BAD = "unsigned", "bad_signature"


@dataclass(frozen=True)
class Letter:
    """One event with its true signature, and another event's."""

    town: Town
    body: bytes
    stamp: str
    true: str
    others: str


Forgery = Callable[[Letter], str | None]
FORGERIES: dict[str, tuple[Forgery, str]] = {
    "missing": (lambda _: None, UNSIGNED),
    "empty": (lambda _: "", UNSIGNED),
    "prefix only": (lambda _: "mac=", BAD),
    "not hexadecimal": (lambda _: "mac=" + "z" * 64, BAD),
    "zeros": (lambda _: "mac=" + "0" * 64, BAD),
    "one digit changed": (lambda one: one.true[:-1] + _other(one.true[-1]), BAD),
    "one digit short": (lambda one: one.true[:-1], BAD),
    "half": (lambda one: one.true[: 4 + 32], BAD),
    "one digit more": (lambda one: one.true + "0", BAD),
    "twice": (lambda one: f"{one.true},{one.true}", BAD),
    "another prefix": (lambda one: one.true.replace("mac=", "sha256="), BAD),
    "letters beyond ASCII": (lambda _: "đ".encode().decode("latin-1") * 32, BAD),
    "very long": (lambda one: one.true * 200, BAD),
    "another OA's secret": (lambda one: mac(one.town, one.body, one.stamp, secret=OTHERS), BAD),
    "another app": (lambda one: mac(one.town, one.body, one.stamp, app_id="999"), BAD),
    "no secret at all": (lambda one: mac(one.town, one.body, one.stamp, secret=""), BAD),
    "another event's": (lambda one: one.others, BAD),
    "another moment's": (lambda one: mac(one.town, one.body, "1790000000999"), BAD),
}
#: Bytes that differ from those that were signed, by as little as can be.
CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a space more": lambda body: body + b" ",
    "a byte less": lambda body: body[:-1],
    "another word": lambda body: body.replace("chào".encode(), b"nhao"),
    "empty": lambda _: b"",
}


def _other(digit: str) -> str:
    return "0" if digit != "0" else "1"


def counts() -> dict[str, float]:
    """How many webhook requests ended how; the web server of a town counts in this process.

    That `/metrics` tells the same is kept by `tests/service/test_metrics.py`.
    """
    found = (sample for family in REGISTRY.collect() for sample in family.samples)
    return {
        sample.labels["outcome"]: sample.value
        for sample in found
        if sample.name == "motcua_webhooks_total"
    }


def test_whatever_is_not_signed_by_zalo_for_us_is_not_stored(database_url: str) -> None:
    with town_of(database_url, worker=False) as town:
        citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
        body, stamp = held_back(town, citizen, "chào phường")
        other, its_stamp = held_back(town, citizen, "chào xã")
        letter = Letter(town, body, stamp, mac(town, body, stamp), mac(town, other, its_stamp))
        for name, (forge, outcome) in FORGERIES.items():
            before = counts()
            assert deliver(town, body, forge(letter)) == 200, name
            now = counts()
            assert {n: now[n] - before[n] for n in now if now[n] != before[n]} == {outcome: 1}, name
            assert stored(town) == 0, name
        for name, change in CHANGES.items():
            assert change(body) != body, name
            before = counts()
            assert deliver(town, change(body), letter.true) == 200, name
            assert counts()[BAD] == before[BAD] + 1, name
            assert stored(town) == 0, name
        # A moment of the attacker's choice in the header helps no more than one in the body.
        forged = mac(town, body, "1790000000999")
        headers = {"X-ZEvent-Timestamp": "1790000000998"}
        assert deliver(town, body, forged, **headers) == 200
        assert stored(town) == 0
        # The very same bytes with the true signature do get in.
        assert deliver(town, body, letter.true) == 200
        assert counted(town, InboundEvent, col(InboundEvent.body) == body) == stored(town) == 1
        assert counts()["stored"] >= 1
