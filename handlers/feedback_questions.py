"""What each step of a feedback asks, with choices that work as buttons and as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages import Message, Query, shorten, split
from bot.routing import Context, Reply
from dossiers.phones import Phone
from handlers.feedback_draft import MOST_FILES, REVIEW, STEPS, Draft, keep
from store import links, lookups
from store.tables.feedback import FEEDBACK_KINDS

COMMAND = "#phananh"
_MOST_DOSSIERS = 3
_MOST_PHONES = 3
_SHOWN_TEXT = 700


@dataclass(frozen=True)
class Question:
    """A text and its choices: (words, what follows the command)."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()

    def messages(self) -> list[Message]:
        """The question with numbered lines, and the same as buttons (domain 4.7)."""
        lines = [f"{n}. {words}" for n, (words, _) in enumerate(self.choices, 1)]
        buttons = [Query(shorten(words, 100), f"{COMMAND} {to}") for words, to in self.choices]
        return list(split("\n".join([self.text, *lines]), buttons))


def ask(context: Context, draft: Draft, step: str, before: str = "") -> Reply:
    """Ask a step and wait for its answer; ``before`` is said first, in the same message."""
    keep(context, draft, step)
    asked = question(context, draft, step)
    text = f"{before}\n\n{asked.text}" if before else asked.text
    return Reply.of(Question(text, asked.choices).messages())


def go_on(context: Context, draft: Draft, before: str = "") -> Reply:
    """Ask whatever comes next."""
    step = draft.next_step()
    if step == REVIEW:
        draft.editing = draft.rewrite = False
    return ask(context, draft, step, before)


def question(context: Context, draft: Draft, step: str) -> Question:
    """The question of a step."""
    match step:
        case "kind":
            return _kind(context, draft)
        case "text":
            return _text(context, draft)
        case "place":
            return _skippable(context, "place")
        case "files":
            return _files(context, draft)
        case "dossier":
            return _dossier(context)
        case "name":
            return _name(context)
        case "phone":
            return _phone(context)
        case "edit":
            return _edit(context, draft)
        case "complaint":
            return _complaint(context)
    return _review(context, draft)


def choice(context: Context, key: str, to: str, **values: object) -> tuple[str, str]:
    """One choice of the catalogue."""
    return context.words(f"feedback.choice.{key}", **values), to


def _kind(context: Context, draft: Draft) -> Question:
    words = context.words
    parts = ["feedback.ask", "feedback.site", "feedback.hotline", "feedback.out"]
    keys = ["feedback.kept_kind", "feedback.out"] if draft.text else parts
    text = "\n".join(part for part in map(words, keys) if part)
    kinds = tuple((words(f"feedback.kind.{kind}"), f"loai {kind}") for kind in FEEDBACK_KINDS)
    return Question(text, kinds)


def _text(context: Context, draft: Draft) -> Question:
    words = context.words
    if draft.rewrite or not draft.text:
        text = words("feedback.text_again" if draft.rewrite else "feedback.text")
        return Question(f"{text}\n{words('feedback.out')}")
    text = (
        words("feedback.more", count=len(draft.text)) if draft.enough else words("feedback.short")
    )
    return Question(text, (choice(context, "continue", "tiep"),))


def _skippable(context: Context, step: str) -> Question:
    return Question(context.words(f"feedback.{step}"), (choice(context, "skip", "tiep"),))


def _files(context: Context, draft: Draft) -> Question:
    words, count = context.words, len(draft.files)
    if not count:
        asked = words("feedback.files", most=MOST_FILES)
        return Question(asked, (choice(context, "no_files", "tiep"),))
    choices = [choice(context, "continue", "tiep"), choice(context, "drop_files", "xoaanh")]
    return Question(words("feedback.file_kept", count=count, most=MOST_FILES), tuple(choices))


def _dossier(context: Context) -> Question:
    words, session, uid = context.words, context.session, context.uid
    phones = links.verified_phones(session, uid)
    own = lookups.own(session, uid, phones, limit=_MOST_DOSSIERS)
    lines = [
        words("feedback.dossier_line", code=one.code, name=shorten(one.procedure_name or "-", 50))
        for one in own
    ]
    named = tuple((line, f"hs {one.code}") for line, one in zip(lines, own, strict=True))
    return Question(words("feedback.dossier"), (*named, choice(context, "no_dossier", "tiep")))


def _name(context: Context) -> Question:
    known = shorten(context.follower.display_name, 60) if context.follower.display_name else ""
    offered = (choice(context, "zalo_name", "tenzalo", name=known),) if known else ()
    return Question(context.words("feedback.name"), (*offered, choice(context, "no_name", "tiep")))


def linked_phones(context: Context) -> list[Phone]:
    """The phones this follower linked, as offered in this order."""
    live = links.live(context.session, context.uid)
    return [Phone(link.phone) for link in live[:_MOST_PHONES]]


def _phone(context: Context) -> Question:
    offered = tuple(
        choice(context, "phone", f"sdt {n}", phone=phone.masked)
        for n, phone in enumerate(linked_phones(context), 1)
    )
    return Question(
        context.words("feedback.phone"), (*offered, choice(context, "no_phone", "tiep"))
    )


def _review(context: Context, draft: Draft) -> Question:
    words = context.words
    point = words("feedback.point") if draft.latitude is not None else ""
    text = words(
        "feedback.review",
        kind=words(f"feedback.kind.{draft.kind or 'other'}"),
        text=shorten(draft.text, _SHOWN_TEXT) if draft.text else "-",
        place=", ".join(part for part in (draft.place, point) if part),
        files=len(draft.files) or "",
        dossier=draft.dossier,
        name=draft.name,
        phone=Phone(draft.phone).national if draft.phone else "",
    )
    choices = (
        choice(context, "send", "gui"),
        choice(context, "edit", "sua"),
        choice(context, "cancel", "thoi"),
    )
    return Question(text, choices)


def _edit(context: Context, draft: Draft) -> Question:
    words = context.words
    fields = tuple((words(f"feedback.field.{step}"), f"sua {step}") for step in STEPS)
    return Question(words("feedback.edit"), fields)


def _complaint(context: Context) -> Question:
    words = context.words
    text = f"{words('feedback.complaint')}\n\n{words('feedback.complaint_go_on')}"
    return Question(text, (choice(context, "go_on", "van"),))
