"""Taking a phone or a watched dossier back: as easy as giving it (domain 4.5)."""

from __future__ import annotations

from bot.messages import Query, Text
from bot.phrasing import Phrases, number
from bot.routing import Context, Incoming, Reply, Route
from dossiers.phones import Phone
from handlers import finding
from store import consents, links, lookups
from store.tables import Proof
from wording import typed

_SHOWN = 5
_ALL = Phrases(typed("typed.all"))


def unlink(incoming: Incoming, context: Context) -> Reply:
    """``#huylienket [link]``: the list, or the end of one link of it."""
    if incoming.argument.isdecimal() and len(incoming.argument) < 16:
        return _end(context, [f"phone:{incoming.argument}"])
    return listing(context)


def listing(context: Context) -> Reply:
    """Linked phones and watched dossiers, numbered; a number ends one, "tất cả" all."""
    words, session, uid = context.words, context.session, context.uid
    linked = links.live(session, uid)
    watched = lookups.watched(session, uid, _SHOWN)
    menu = Query(words("button.menu"), "#menu")
    if not linked and not watched:
        return Reply.of(
            Text(words("unlink.nothing"), (Query(words("button.link"), "#lienket"), menu))
        )
    lines, items = [words("unlink.title")], []
    for link in linked:
        state = "claimed" if link.proof == Proof.claimed else "verified"
        items.append(f"phone:{link.id}")
        shown = words(f"unlink.{state}", phone=Phone(link.phone).masked)
        lines.append(f"{len(items)}. {shown}")
    for dossier in watched:
        items.append(f"dossier:{dossier.id}")
        lines.append(f"{len(items)}. {words('unlink.watched', code=dossier.code)}")
    lines.append(words("unlink.choose"))
    context.expect("unlink", "choose", items=items)
    buttons = [
        Query(words("unlink.button", phone=Phone(link.phone).masked), f"#huylienket {link.id}")
        for link in linked[: _SHOWN - 1]
    ]
    return Reply.of(Text("\n".join(lines), (*buttons, menu)))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """A number of the list, or all of it."""
    items = [str(item) for item in context.conversation.data.get("items", ())]
    if _ALL.match(incoming.text):
        return _end(context, items)
    chosen = number(incoming.text)
    if chosen is None or not 1 <= chosen <= len(items):
        return None
    return _end(context, [items[chosen - 1]])


def unwatch(incoming: Incoming, context: Context) -> Reply:
    """``#botheodoi CODE``: no more about this dossier."""
    code = finding.code_in(incoming.argument)
    dossier = lookups.by_code(context.session, code) if code else None
    if dossier is None or not links.watched(context.session, context.uid, [dossier.id or 0]):
        return listing(context)
    return _end(context, [f"dossier:{dossier.id}"])


def _end(context: Context, items: list[str]) -> Reply:
    words = context.words
    ended = [said for item in items if (said := _end_one(context, item))]
    if not ended:
        return listing(context)
    context.done()
    buttons = (
        Query(words("unlink.button_more"), "#huylienket"),
        Query(words("button.link"), "#lienket"),
        Query(words("button.menu"), "#menu"),
    )
    return Reply.of(Text("\n".join([*ended, words("unlink.after")]), buttons))


def _end_one(context: Context, item: str) -> str:
    """End one link or watch of this follower, with its consent; "" when it is not theirs."""
    kind, _, key = item.partition(":")
    session, uid, words = context.session, context.uid, context.words
    if kind == "phone":
        link = links.revoke(session, uid, int(key), context.now)
        if link is None:
            return ""
        _withdrawn(context, "link_phone", phone=link.phone)
        return words("unlink.done_phone", phone=Phone(link.phone).masked)
    if not links.unwatch(session, uid, int(key)):
        return ""
    _withdrawn(context, "watch_dossier", dossier_id=int(key))
    return words("unlink.done_dossier")


def _withdrawn(
    context: Context, kind: str, *, phone: str = "", dossier_id: int | None = None
) -> None:
    consents.record(
        context.session,
        kind=kind,
        action="withdrawn",
        uid=context.uid,
        phone=phone,
        dossier_id=dossier_id,
        version=context.settings.consent_version,
        now=context.now,
    )


ROUTES = (
    Route(
        "unlink",
        unlink,
        "lists and ends phone links",
        payloads=("#huylienket",),
        words=typed("typed.unlink"),
    ),
    Route("unwatch", unwatch, "stops watching one dossier", payloads=("#botheodoi",)),
    Route("unlink-flow", in_flow, "which link to end", flow="unlink"),
)
