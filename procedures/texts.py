"""A procedure in words: card, sections, and the answer to one question about it.

Fees are shown with their note, source and as-of date, and a number without a unit is shown as
such: catalogue data is wrong often enough that nothing may look surer than it is (domain 2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from procedures.language import facets
from procedures.records import Channel, Document, Fee, ProcedureRecord, TimeLimit
from wording import Words

Say = Callable[[ProcedureRecord, Words], str]

CHANNELS = {
    "truc_tiep": "channel_direct",
    "truc_tuyen": "channel_online",
    "buu_chinh": "channel_post",
}
ONLINE = {"toan_trinh": "online_full", "mot_phan": "online_part"}


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
    lines += [words("procedures.time"), *_by_channel(record, words, time_words)]
    lines += [words("procedures.fee"), *_by_channel(record, words, fee_words)]
    if record.online_service_level:
        lines.append(words(f"procedures.{ONLINE[record.online_service_level]}"))
    if record.results:
        lines.append(words("procedures.result", result=_results(record)))
    return "\n".join([*lines, *origin(record, words), words("procedures.next")])


def general(record: ProcedureRecord, words: Words) -> str:
    """Thông tin chung: everything that identifies it and who is in charge."""
    facts = (
        ("code", record.code),
        ("variants", ", ".join(record.code_variants)),
        ("field", record.field),
        ("level", ", ".join(words(f"procedures.levels.{one}") for one in levels(record, words))),
        ("decision", record.decision),
        ("agency", record.implementing_agency),
        ("authority", record.competent_authority),
        ("who", ", ".join(record.applicant_types)),
        ("old_names", "; ".join(record.previous_names)),
        ("summary", record.summary),
    )
    lines = [words("procedures.name", name=record.name)]
    lines += [words(f"procedures.{key}", **{key: value}) for key, value in facts if value]
    if record.online_service_level:
        lines.append(words(f"procedures.{ONLINE[record.online_service_level]}"))
    return _ended(lines, record, words)


def levels(record: ProcedureRecord, words: Words) -> list[str]:
    """The levels of government that have words; others are left out rather than shown raw."""
    return [one for one in record.level if words.has(f"procedures.levels.{one}")]


def documents(record: ProcedureRecord, words: Words) -> str:
    """The papers, grouped by case, with how many of each."""
    if not record.documents:
        return words("procedures.no_documents")
    lines = [words("procedures.documents", name=record.name)]
    for case, listed in by_case(record):
        if case:
            lines.append(words("procedures.document_case", case=case))
        lines += [f"- {document_words(one, words)}" for one in listed]
    return _ended(lines, record, words)


def by_case(record: ProcedureRecord) -> list[tuple[str, list[Document]]]:
    """The papers under the case they belong to, in the record's order."""
    cases = dict.fromkeys(document.case or "" for document in record.documents)
    return [(case, [one for one in record.documents if (one.case or "") == case]) for case in cases]


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
    return _ended(lines, record, words)


def fees(record: ProcedureRecord, words: Words) -> str:
    """Fees and time limits of every way of filing."""
    lines = [words("procedures.fees", name=record.name)]
    lines += [words("procedures.time"), *_by_channel(record, words, time_words)]
    lines += [words("procedures.fee"), *_by_channel(record, words, fee_words)]
    return _ended(lines, record, words)


def fee(record: ProcedureRecord, words: Words) -> str:
    """What it costs, by way of filing."""
    head = words("procedures.fee_of", name=record.name)
    return _ended([head, *_by_channel(record, words, fee_words)], record, words)


def time(record: ProcedureRecord, words: Words) -> str:
    """How long it takes, by way of filing; never a computed date."""
    head = words("procedures.time_of", name=record.name)
    return _ended([head, *_by_channel(record, words, time_words)], record, words)


def where(record: ProcedureRecord, words: Words) -> str:
    """Which agency takes it and where the province's counter is."""
    lines = [words("procedures.where", name=record.name)]
    agency = record.implementing_agency or words("procedures.unknown_agency")
    lines.append(words("procedures.agency", agency=agency))
    lines.append(words("procedures.counter"))
    if any(channel.channel == "truc_tuyen" for channel in record.channels):
        lines.append(words("procedures.or_online"))
    return _ended([line for line in lines if line], record, words)


def channel(record: ProcedureRecord, words: Words) -> str:
    """The ways of filing, and whether all or only a part can be done online."""
    lines = [words("procedures.ways", name=record.name)]
    for one in record.channels:
        value = f"{time_words(one, words)}; {fee_words(one, words)}"
        name = words(f"procedures.{CHANNELS[one.channel]}")
        lines.append("- " + words("procedures.channel_line", channel=name, value=value))
    if not record.channels:
        lines.append(words("procedures.no_ways"))
    level = ONLINE.get(record.online_service_level or "", "online_unknown")
    lines.append(words(f"procedures.{level}"))
    lines.append(words("procedures.receive"))
    return _ended(lines, record, words)


def conditions(record: ProcedureRecord, words: Words) -> str:
    """Yêu cầu, điều kiện."""
    listed = [*record.conditions]
    if not listed:
        text = words("procedures.no_conditions", name=record.name)
        who = ", ".join(record.applicant_types)
        return _ended([text, words("procedures.who", who=who)] if who else [text], record, words)
    lines = [words("procedures.conditions", name=record.name)]
    return _ended([*lines, *(f"- {one}" for one in listed)], record, words)


def legal_basis(record: ProcedureRecord, words: Words) -> str:
    """Căn cứ pháp lý."""
    if not record.legal_basis:
        return words("procedures.no_legal_basis", name=record.name)
    lines = [words("procedures.legal_basis", name=record.name)]
    lines += [
        f"- {one.number}" + (f": {one.title}" if one.title else "") for one in record.legal_basis
    ]
    return _ended(lines, record, words)


def forms(record: ProcedureRecord, words: Words) -> str:
    """Biểu mẫu: the forms, with where to download them when the source says."""
    named = [(one.name, one.url or "") for one in record.forms]
    known = " ".join(name for name, _ in named)
    named += [(one.form, "") for one in record.documents if one.form and one.form not in known]
    if not named:
        return words("procedures.no_forms", name=record.name)
    lines = [words("procedures.forms", name=record.name)]
    lines += [f"- {name}" + (f": {url}" if url else "") for name, url in dict.fromkeys(named)]
    lines.append(words("procedures.forms_where"))
    return _ended(lines, record, words)


def result(record: ProcedureRecord, words: Words) -> str:
    """Kết quả: what the citizen gets, and how it reaches them."""
    if not record.results:
        return words("procedures.no_result", name=record.name)
    lines = [words("procedures.results", name=record.name)]
    lines += [f"- {one.name}" for one in record.results]
    return _ended([*lines, words("procedures.receive")], record, words)


def deadline(record: ProcedureRecord, words: Words) -> str:
    """Terms the citizen must keep."""
    if not record.deadlines_for_citizen:
        return words("procedures.no_deadline", name=record.name)
    lines = [words("procedures.deadline_of", name=record.name)]
    return _ended([*lines, *(f"- {one}" for one in record.deadlines_for_citizen)], record, words)


#: The answer to each facet (contract 1, ``understand``).
ANSWERS: dict[str, Say] = {
    facets.DOCUMENTS: documents,
    facets.TIME: time,
    facets.FEE: fee,
    facets.WHERE: where,
    facets.FORMS: forms,
    facets.STEPS: steps,
    facets.CONDITIONS: conditions,
    facets.LEGAL: legal_basis,
    facets.RESULT: result,
    facets.DEADLINE: deadline,
    facets.CHANNEL: channel,
}


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


def _ended(lines: Iterable[str], record: ProcedureRecord, words: Words) -> str:
    return "\n".join([*lines, *origin(record, words)])


def _results(record: ProcedureRecord) -> str:
    return "; ".join(one.name for one in record.results)


def _by_channel(
    record: ProcedureRecord, words: Words, say: Callable[[Channel, Words], str]
) -> Iterable[str]:
    """One line for each different answer, naming the ways of filing that share it."""
    said: dict[str, list[str]] = {}
    for one in record.channels:
        name = words(f"procedures.{CHANNELS[one.channel]}")
        said.setdefault(say(one, words), []).append(name)
    if not said:
        return [f"- {words('procedures.unknown_time')}"]
    return [
        "- " + words("procedures.channel_line", channel=", ".join(names), value=value)
        for value, names in said.items()
    ]


def time_words(channel: Channel, words: Words) -> str:
    """The time limit of one way of filing as its source words it."""
    limit: TimeLimit = channel.time_limit
    if limit.text:
        return limit.text
    if limit.value is None:
        return words("procedures.unknown_time")
    keys = {"ngay_lam_viec": "working_days", "ngay": "days", "khong_ro": "unclear_unit"}
    return words(f"procedures.{keys[limit.unit]}", n=limit.value)


def fee_words(channel: Channel, words: Words) -> str:
    """The fee of one way of filing, never without its note."""
    cost: Fee = channel.fee
    text = cost.text
    if not text and cost.amount_vnd is not None:
        text = words("procedures.dong", amount=f"{cost.amount_vnd:,}".replace(",", "."))
    text = text or words("procedures.unknown_fee")
    return f"{text} {words('procedures.note', note=cost.note)}" if cost.note else text


def document_words(document: Document, words: Words) -> str:
    """One paper with how many originals and copies, its form and its note."""
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
