"""What is to be paid for a dossier, and where."""

from __future__ import annotations

from bot.messages import Query, Text
from bot.routing import Context, Incoming, Reply, Route
from dossiers.card import payment_button
from handlers import finding
from store.tables import State


def payment(incoming: Incoming, context: Context) -> Reply:
    """``#thanhtoan CODE``: the payment page when the state asks for it."""
    words = context.words
    dossier = finding.named(incoming, context)
    if isinstance(dossier, Reply):
        return dossier
    finding.keep_open(context)
    show = Query(words("card.button.again"), f"#hoso {dossier.code}")
    menu = Query(words("button.menu"), "#menu")
    if dossier.state != State.payment_required:
        return Reply.of(Text(words("pay.nothing", code=dossier.code), (show, menu)))
    full = dossier.id in finding.visible(context, [dossier])
    text = words("pay.due", code=dossier.code, reason=dossier.open_reason if full else "")
    page = payment_button(dossier, words, context.settings)
    return Reply.of(Text(text, (*((page,) if page else ()), show, menu)))


ROUTES = (Route("payment", payment, "where to pay for a dossier", payloads=("#thanhtoan",)),)
