"""A procedure in words: card, documents, steps, fees and time limits.

Fees are shown with their note, source and as-of date, and a number without a unit is shown as
such: catalogue data is wrong often enough that nothing may look surer than it is (domain 2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from procedures.records import Channel, Document, Fee, ProcedureRecord, TimeLimit
from wording import Words

_CHANNELS = {
    "truc_tiep": "channel_direct",
    "truc_tuyen": "channel_online",
    "buu_chinh": "channel_post",
}


def card(record: ProcedureRecord, words: Words) -> str:
    """What one wants to know first: agency, time, fee, online or not, result, source."""
    lines = [words("procedures.name", name=record.name)]
    facts = (
        ("code", record.code),
        ("field", record.field),
        ("agency", record.implementing_agency),
        ("who", ", ".join(record.applicant_types)),
    )
    lines += [words(f"procedures.{key}", **{key: value}) for key, value in facts if value]
    lines += [words("procedures.time"), *_by_channel(record, words, _time)]
    lines += [words("procedures.fee"), *_by_channel(record, words, _fee)]
    if record.online_service_level:
        part = "online_full" if record.online_service_level == "toan_trinh" else "online_part"
        lines.append(words(f"procedures.{part}"))
    if record.results:
        names = "; ".join(result.name for result in record.results)
        lines.append(words("procedures.result", result=names))
    return "\n".join([*lines, *origin(record, words), words("procedures.next")])


def documents(record: ProcedureRecord, words: Words) -> str:
    """The papers, grouped by case, with how many of each."""
    if not record.documents:
        return words("procedures.no_documents")
    lines = [words("procedures.documents", name=record.name)]
    cases = list(dict.fromkeys(document.case or "" for document in record.documents))
    for case in cases:
        if case:
            lines.append(words("procedures.document_case", case=case))
        listed = (one for one in record.documents if (one.case or "") == case)
        lines += [_document(one, words) for one in listed]
    return "\n".join([*lines, *origin(record, words)])


def steps(record: ProcedureRecord, words: Words) -> str:
    """The steps in order and the terms a citizen must keep."""
    if not record.steps:
        return words("procedures.no_steps")
    lines = [words("procedures.steps", name=record.name)]
    lines += [
        words("procedures.step_line", number=n, step=step) for n, step in enumerate(record.steps, 1)
    ]
    if record.deadlines_for_citizen:
        lines.append(words("procedures.deadlines"))
        lines += [f"- {term}" for term in record.deadlines_for_citizen]
    return "\n".join([*lines, *origin(record, words)])


def fees(record: ProcedureRecord, words: Words) -> str:
    """Fees and time limits of every way of filing."""
    lines = [words("procedures.fees", name=record.name)]
    lines += [words("procedures.time"), *_by_channel(record, words, _time)]
    lines += [words("procedures.fee"), *_by_channel(record, words, _fee)]
    return "\n".join([*lines, *origin(record, words)])


def origin(record: ProcedureRecord, words: Words) -> list[str]:
    """Where it was read and when, and whether the agency has confirmed it."""
    lines = []
    if record.sources:
        first = record.sources[0]
        as_of = first.as_of or record.as_of or ""
        lines.append(words("procedures.source", source=first.title, as_of=as_of))
    elif record.as_of:
        lines.append(words("procedures.as_of", as_of=record.as_of))
    if record.record_status != "current" or record.contradictions:
        lines.append(words("procedures.unconfirmed"))
    return lines


def _by_channel(
    record: ProcedureRecord, words: Words, say: Callable[[Channel, Words], str]
) -> Iterable[str]:
    """One line for each different answer, naming the ways of filing that share it."""
    said: dict[str, list[str]] = {}
    for channel in record.channels:
        name = words(f"procedures.{_CHANNELS[channel.channel]}")
        said.setdefault(say(channel, words), []).append(name)
    if not said:
        return [f"- {words('procedures.unknown_time')}"]
    return [
        "- " + words("procedures.channel_line", channel=", ".join(names), value=value)
        for value, names in said.items()
    ]


def _time(channel: Channel, words: Words) -> str:
    limit: TimeLimit = channel.time_limit
    if limit.text:
        return limit.text
    if limit.value is None:
        return words("procedures.unknown_time")
    keys = {"ngay_lam_viec": "working_days", "ngay": "days", "khong_ro": "unclear_unit"}
    return words(f"procedures.{keys[limit.unit]}", n=limit.value)


def _fee(channel: Channel, words: Words) -> str:
    fee: Fee = channel.fee
    text = fee.text
    if not text and fee.amount_vnd is not None:
        text = words("procedures.dong", amount=f"{fee.amount_vnd:,}".replace(",", "."))
    text = text or words("procedures.unknown_fee")
    return f"{text} {words('procedures.note', note=fee.note)}" if fee.note else text


def _document(document: Document, words: Words) -> str:
    counts = []
    if document.originals:
        counts.append(words("procedures.originals", n=document.originals))
    if document.copies:
        counts.append(words("procedures.copies", n=document.copies))
    return words(
        "procedures.document_line",
        name=document.name,
        count=", ".join(counts),
        form=document.form or "",
        note=document.note or "",
    )
