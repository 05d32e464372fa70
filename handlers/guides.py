"""Hướng dẫn nộp: a filing guide as a conversation, one step at a time; jump and end any time."""

from __future__ import annotations

from bot.messages import Button, Image, Message, OpenUrl, Query, Text, shorten, split
from bot.phrasing import Phrases, number
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, menu_button
from procedures.guides import Guide, offered
from settings import Settings
from wording import Words, typed

_FLOW = "guide"
_NEXT = Phrases(typed("typed.guide_next"))
_BACK = Phrases(typed("typed.guide_back"))
_LIST = Phrases(typed("typed.guide_list"))
_END = Phrases(typed("typed.guide_end"))
_LINE = 90


def start(incoming: Incoming, context: Context) -> Reply:
    """``#hdnop [GUIDE [STEP|ds|thoi]]``: choose a guide, or a step of one."""
    words = context.words
    guides = {guide.key: guide for guide in offered(context.settings, words.language)}
    key, _, where = incoming.argument.partition(" ")
    if not guides:
        return Reply.of(split(words("guide.none"), (menu_button(words),)))
    if where == "thoi" or key == "thoi":
        return _end(context)
    guide = guides.get(key)
    if guide is None:
        if len(guides) > 1:
            return _choose(context, list(guides.values()))
        guide = next(iter(guides.values()))
    if where == "ds":
        return _list(context, guide)
    if not where:
        return _step(context, guide, 1, intro=True)
    return _step(context, guide, int(where) if where.isdecimal() and len(where) < 4 else 1)


def go_on(incoming: Incoming, context: Context) -> Reply | None:
    """Next, back, a number, the list or the end, typed; anything else is another matter."""
    if incoming.payload or not incoming.text:
        return None
    data = context.conversation.data
    guides = {guide.key: guide for guide in offered(context.settings, context.words.language)}
    chosen = number(incoming.text)
    guide = guides.get(str(data.get("guide", "")))
    if guide is None:
        listed = list(guides.values())
        if chosen is not None and 1 <= chosen <= len(listed):
            return _step(context, listed[chosen - 1], 1, intro=True)
        return None
    at = int(str(data.get("at", 1)))
    if _END.match(incoming.text):
        return _end(context)
    if chosen is not None:
        if 1 <= chosen <= guide.count:
            return _step(context, guide, chosen)
        return Reply.of(Text(context.words("guide.bad_number", count=guide.count)))
    if _BACK.match(incoming.text):
        return _step(context, guide, at - 1)
    if _LIST.match(incoming.text):
        return _list(context, guide)
    if _NEXT.match(incoming.text):
        return _step(context, guide, at + 1)
    return None


def _choose(context: Context, guides: list[Guide]) -> Reply:
    words = context.words
    context.expect(_FLOW, "choose")
    lines = [words("guide.choose")]
    lines += [words("guide.choice", number=n, name=one.name) for n, one in enumerate(guides, 1)]
    taps = tuple(Query(shorten(one.name, 100), f"#hdnop {one.key}") for one in guides[:4])
    return Reply.of(Text("\n".join(lines), (*taps, menu_button(words))))


def _step(context: Context, guide: Guide, wanted: int, *, intro: bool = False) -> Reply:
    """One step with the ways on; a number beyond either end is the first or the last."""
    wanted = min(max(wanted, 1), guide.count)
    context.expect(_FLOW, "step", guide=guide.key, at=wanted)
    return Reply.of(step_messages(guide, wanted, context.words, context.settings, intro=intro))


def step_messages(
    guide: Guide, wanted: int, words: Words, settings: Settings, *, intro: bool = False
) -> list[Message]:
    """What a citizen reads at step ``wanted`` (from 1): picture, text, the ways on."""
    number_, part_at, part, step = next(one for one in guide.numbered() if one[0] == wanted)
    text = words(
        "guide.step",
        part=part_at,
        parts=len(guide.part),
        title=part.title,
        number=number_,
        count=guide.count,
        text=step.text,
    )
    messages: list[Message] = []
    if intro:
        head = words("guide.intro", name=guide.name, count=guide.count, parts=len(guide.part))
        text = f"{head}\n\n{text}"
    if step.picture:
        # Zalo fetches it; without it the step can still be followed.
        messages.append(Image(url=f"{settings.public_url}/pictures/guides/{step.picture}"))
    last = number_ == guide.count
    if last:
        text = f"{text}\n\n{words('guide.last')}"
    buttons: list[Button] = []
    if not last:
        buttons.append(button(words, "step_next", f"#hdnop {guide.key} {number_ + 1}"))
    if number_ > 1:
        buttons.append(button(words, "step_back", f"#hdnop {guide.key} {number_ - 1}"))
    buttons.append(button(words, "step_list", f"#hdnop {guide.key} ds"))
    buttons.append(button(words, "step_end", f"#hdnop {guide.key} thoi"))
    if guide.url.startswith(("https://", "http://")) and (intro or last):
        buttons.append(OpenUrl(words("button.open_site"), guide.url))
    return [*messages, *split(text, buttons)]


def _list(context: Context, guide: Guide) -> Reply:
    words = context.words
    context.expect(_FLOW, "list", guide=guide.key, at=1)
    lines = [words("guide.list", name=guide.name, count=guide.count)]
    lines += [
        words("guide.line", number=n, text=shorten(step.text, _LINE))
        for n, _, _, step in guide.numbered()
    ]
    return Reply.of(
        split("\n".join(lines), (button(words, "step_end", f"#hdnop {guide.key} thoi"),))
    )


def _end(context: Context) -> Reply:
    context.done()
    words = context.words
    buttons = (button(words, "how_to_file", "#hdnop"), menu_button(words))
    return Reply.of(Text(words("guide.ended"), buttons))


ROUTES = (
    Route(
        "guide",
        start,
        "How to file online, step by step",
        payloads=("#hdnop",),
        words=typed("typed.guide"),
        rank=55,
    ),
    Route("guide_step", go_on, "Next, back, jump or end of a filing guide", flow=_FLOW),
)
