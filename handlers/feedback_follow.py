"""Following a feedback up: how it stands, adding to it, rating it, and the list of one's own.

Only its writer sees it; to everybody else a code that exists and one that does not look alike.
"""

from __future__ import annotations

from bot.messages import Query, Text, shorten, split
from bot.phrasing import Phrases, number
from bot.routing import Context, Incoming, Reply
from dossiers.times import show
from feedback.codes import find_code
from feedback.desk import after_addition
from feedback.telling import RATE, rate_question
from handlers import feedback_evidence as evidence
from handlers.feedback_answers import is_a_question
from handlers.feedback_draft import FLOW, MOST_FILES
from handlers.feedback_questions import COMMAND
from handlers.feedback_send import mine_button, to_staff
from handlers.menu import button, menu_button
from store import feedback as store
from store import feedback_files, links
from store.tables import Agency, Feedback
from wording import typed

_PAGE = 5
_TEXT = 500
_ANSWER = 900
_NOTE_LIMIT = 1000
_DONE = Phrases(
    (*typed("typed.feedback_next"), *typed("typed.feedback_skip"), *typed("typed.cancel"))
)
_ADDABLE = (*store.OPEN, "answered")


def names_code(incoming: Incoming, context: Context) -> bool:
    """Whether a message names a feedback's code."""
    return not incoming.payload and find_code(incoming.text) is not None


def by_code(incoming: Incoming, context: Context) -> Reply | None:
    """How the feedback of a typed code stands."""
    code = find_code(incoming.text)
    return _status(context, code) if code else None


def command(what: str, value: str, context: Context) -> Reply:
    """The buttons under a feedback: see it, add to it, end adding, list one's own."""
    code = find_code(value) or ""
    if what == "cuatoi":
        return _list(context, int(value) if value.isdecimal() and len(value) < 5 else 1)
    if what == "them":
        return _add(context, code)
    if what == "xong":
        return _added_all(context)
    return _status(context, code)


def mine(incoming: Incoming, context: Context) -> Reply:
    """ "phản ánh của tôi"."""
    return _list(context, 1)


def _own(context: Context, code: str, *, lock: bool = False) -> Feedback | None:
    row = store.by_code(context.session, code, lock=lock) if code else None
    phones = links.verified_phones(context.session, context.uid)
    return row if row is not None and store.is_theirs(row, context.uid, phones) else None


def _main(context: Context, row: Feedback) -> Feedback:
    """The feedback that is worked on: the one it was merged into, else itself."""
    main = store.get(context.session, row.merged_into_id) if row.merged_into_id else None
    return main or row


def _unknown(context: Context, code: str) -> Reply:
    words = context.words
    buttons = (mine_button(words), button(words, "human", "#gapcanbo"), menu_button(words))
    return Reply.of(Text(words("feedback.follow.unknown", code=code or "PA-…"), buttons))


def state_words(context: Context, row: Feedback) -> str:
    """One phrase on where it stands, with its target or the time it ended."""
    due = row.accept_due_at if row.state == "new" else row.answer_due_at
    at = row.answered_at if row.state == "answered" else row.closed_at
    key = f"feedback.state.{row.state}"
    return context.words(key, due=show(due) if due else "-", at=show(at) if at else "-")


def _status(context: Context, code: str) -> Reply:
    row = _own(context, code)
    if row is None:
        return _unknown(context, code)
    words, session = context.words, context.session
    # What was merged stands where its main feedback stands, under its own code.
    main = _main(context, row)
    agency = session.get(Agency, main.agency_id) if main.agency_id else None
    state = state_words(context, row)
    if main is not row:
        state = f"{state}; {state_words(context, main)}"
    text = words(
        "feedback.follow.status",
        code=row.code,
        at=show(row.created_at),
        kind=words(f"feedback.kind.{row.kind}"),
        state=state,
        agency=agency.name if agency else "",
        text=shorten(row.text, _TEXT) if row.text else "-",
        answer=shorten(main.answer, _ANSWER) if main.answer else "",
    )
    buttons = []
    if main.state in _ADDABLE:
        buttons.append(Query(words("feedback.button.add"), f"{COMMAND} them {row.code}"))
    if _may_rate(row) and row.rating is None:
        buttons.append(Query(words("feedback.button.rate"), f"{RATE} {row.code}"))
    return Reply.of(split(text, (*buttons, mine_button(words), menu_button(words))))


def _list(context: Context, page: int) -> Reply:
    session, words = context.session, context.words
    phones = links.verified_phones(session, context.uid)
    count = store.count_of_writer(session, context.uid, phones)
    buttons = [Query(words("feedback.button.new"), COMMAND), menu_button(words)]
    if not count:
        return Reply.of(Text(words("feedback.follow.none"), tuple(buttons)))
    pages = -(-count // _PAGE)
    page = min(max(page, 1), pages)
    rows = store.of_writer(session, context.uid, phones, limit=_PAGE, offset=(page - 1) * _PAGE)
    lines = [words("feedback.follow.list", count=count)]
    lines += [
        words("feedback.follow.line", number=n, code=row.code, state=state_words(context, row))
        for n, row in enumerate(rows, 1)
    ]
    lines.append(words("feedback.follow.choose"))
    if page < pages:
        buttons.insert(0, Query(words("button.next_page"), f"{COMMAND} cuatoi {page + 1}"))
    context.expect(FLOW, "list", codes=[row.code for row in rows])
    return Reply.of(split("\n".join(lines), tuple(buttons)))


def _add(context: Context, code: str) -> Reply:
    row = _own(context, code)
    if row is None:
        return _unknown(context, code)
    words = context.words
    if _main(context, row).state not in _ADDABLE:
        buttons = (Query(words("feedback.button.new"), COMMAND), menu_button(words))
        return Reply.of(Text(words("feedback.follow.add_closed", code=code), buttons))
    context.expect(FLOW, "add", code=code, count=0)
    return Reply.of(Text(words("feedback.follow.add", code=code), (_done_button(context),)))


def _done_button(context: Context) -> Query:
    return Query(context.words("feedback.button.done"), f"{COMMAND} xong")


def _added_all(context: Context) -> Reply:
    data, step = context.conversation.data, context.conversation.step
    context.done()
    words = context.words
    if step == "note":
        return Reply.of(Text(words("feedback.note_none"), (menu_button(words),)))
    if step != "add":
        return _list(context, 1)
    key = "add_done" if data.get("count") else "add_none"
    text = words(f"feedback.follow.{key}", code=str(data.get("code", "")))
    return Reply.of(Text(text, (mine_button(words), menu_button(words))))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """What is typed or sent while adding, choosing from the list, or after the stars."""
    if incoming.payload:
        return None
    match context.conversation.step:
        case "add":
            return _take_addition(incoming, context)
        case "list":
            return _from_list(incoming, context)
        case "rate":
            stars = number(incoming.text)
            code = str(context.conversation.data.get("code", ""))
            return _rated(context, code, stars) if stars in range(1, 6) else None
        case "note":
            return _note(incoming, context)
    return None


def _from_list(incoming: Incoming, context: Context) -> Reply | None:
    codes = [str(code) for code in context.conversation.data.get("codes", ())]
    chosen = number(incoming.text)
    if chosen is None:
        return None
    if not 1 <= chosen <= len(codes):
        return Reply.of(Text(context.words("feedback.follow.bad_number", last=len(codes))))
    return _status(context, codes[chosen - 1])


def _take_addition(incoming: Incoming, context: Context) -> Reply | None:
    words, session, now = context.words, context.session, context.now
    data = context.conversation.data
    code, count = str(data.get("code", "")), int(data.get("count", 0))
    if incoming.text and _DONE.match(incoming.text):
        return _added_all(context)
    # Only the one worked on is locked: the desk holds it while it writes those merged into it.
    own = _own(context, code)
    row = store.get(session, own.merged_into_id or own.id or 0, lock=True) if own else None
    if row is None or row.state not in _ADDABLE:
        context.done()
        return _add(context, code)
    if (
        evidence.is_other(incoming)
        and not evidence.is_file(incoming)
        and not evidence.is_place(incoming)
    ):
        return Reply.of(Text(words("feedback.file_other"), (_done_button(context),)))
    files: list[int] = []
    if evidence.is_file(incoming):
        kept = feedback_files.count(session, row.id or 0)
        files, problem = evidence.receive(incoming, context, kept, row.id)
        if problem:
            text = evidence.said(context, problem)
            if problem == "files_full":
                text = words("feedback.follow.add_full", code=code, most=MOST_FILES)
            if not files and not incoming.text:
                return Reply.of(Text(text, (_done_button(context),)))
    place = evidence.place_of(incoming)
    if place is not None and row.latitude is None:
        row.latitude, row.longitude = place
    store.record(
        session,
        row,
        "added",
        "citizen",
        now,
        incoming.text[: _NOTE_LIMIT * 4],
        files=files,
        **({"at": list(place)} if place else {}),
    )
    context.expect(FLOW, "add", code=code, count=count + 1)
    told = after_addition(session, row, now, context.settings, context.calendar)
    text = words("feedback.follow.added", code=code, count=count + 1)
    reply = Text(text, (_done_button(context),))
    also = to_staff(context, "feedback.added_alarm", row) if told and not count else ()
    return Reply((reply,), also)


def rate(incoming: Incoming, context: Context) -> Reply:
    """``#danhgia CODE [STARS]``: stars for one's own closed feedback, once."""
    code_part, _, stars = incoming.argument.rpartition(" ")
    if not stars.isdecimal() or len(stars) > 1:
        code_part, stars = incoming.argument, ""
    return _rated(context, find_code(code_part) or "", int(stars) if stars else None)


def _may_rate(row: Feedback) -> bool:
    return row.state in ("closed", "merged") and bool(row.answer)


def _rated(context: Context, code: str, stars: int | None) -> Reply:
    row = _own(context, code, lock=True)
    if row is None:
        return _unknown(context, code)
    words = context.words
    if row.rating is not None:
        return Reply.of(Text(words("feedback.rated_already", code=code), (menu_button(words),)))
    if not _may_rate(row):
        return Reply.of(Text(words("feedback.rate_not_yet", code=code), (menu_button(words),)))
    if stars is None or not 1 <= stars <= 5:
        context.expect(FLOW, "rate", code=code)
        return Reply.of(rate_question(words, code))
    row.rating, row.updated_at = stars, context.now
    context.session.add(row)
    store.record(context.session, row, "rated", "citizen", context.now, stars=stars)
    context.expect(FLOW, "note", code=code)
    thanks = words("feedback.rated", code=code, stars=stars)
    no_more = Query(words("feedback.button.no_note"), f"{COMMAND} xong")
    return Reply.of(Text(thanks, (no_more,)))


def _note(incoming: Incoming, context: Context) -> Reply | None:
    words = context.words
    if not incoming.text or is_a_question(incoming, context):
        return None
    if _DONE.match(incoming.text):
        return _added_all(context)
    code = str(context.conversation.data.get("code", ""))
    row = _own(context, code, lock=True)
    context.done()
    if row is None:
        return _unknown(context, code)
    row.rating_note, row.updated_at = incoming.text[:_NOTE_LIMIT], context.now
    context.session.add(row)
    return Reply.of(Text(words("feedback.note_kept"), (menu_button(words),)))
