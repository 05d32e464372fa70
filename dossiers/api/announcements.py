"""``/api/v1/broadcasts``: other systems draft announcements; a person always decides."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlmodel import Session

from bot.text import clean
from clock import VIETNAM, Clock
from dossiers.api.access import Caller
from dossiers.api.bodies import read_bytes, read_items
from dossiers.api.problems import Problem, respond
from dossiers.names import fold
from notify.broadcasts.audience import Audience, Day
from notify.broadcasts.content import Content, Press, Texts
from notify.broadcasts.topics import BY_KEY
from settings import Settings
from store import agencies, broadcasts
from store.engine import Database
from store.tables import Broadcast, BroadcastState, State, Way

_MOST_AGENCIES = 200
_TOLD = (BroadcastState.missed, BroadcastState.stopped, BroadcastState.done)


class BroadcastIn(BaseModel):
    """A draft of an announcement."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=150)]
    topic: Annotated[str, Field(max_length=40)] = "hours"
    way: Literal["mixed", "consultation", "zbs"] = "mixed"
    text: Annotated[str, Field(max_length=2000)] = ""
    text_en: Annotated[str, Field(max_length=2000)] = ""
    buttons: Annotated[tuple[Press, ...], Field(max_length=5)] = ()
    #: Codes of agencies, each with its units.
    agencies: Annotated[tuple[str, ...], Field(max_length=_MOST_AGENCIES)] = ()
    fields: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300)], ...], Field(max_length=100)
    ] = ()
    procedures: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=200)
    ] = ()
    states: tuple[State, ...] = ()
    promised_from: Day | None = None
    promised_to: Day | None = None
    interacted_days: Annotated[int | None, Field(ge=1, le=365)] = None

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, value: Any) -> Any:
        return _tidied(value)


def _tidied(value: Any, levels: int = 3) -> Any:
    """Text without characters that PostgreSQL cannot store, as deep as a draft can have text."""
    if isinstance(value, str):
        return clean(value)
    if levels and isinstance(value, list):
        return [_tidied(one, levels - 1) for one in value]
    if levels and isinstance(value, dict):
        return {name: _tidied(one, levels - 1) for name, one in value.items()}
    return value


def add_announcements(
    blueprint: Blueprint,
    database: Database,
    settings: Settings,
    clock: Clock,
    enter: Callable[[str], Caller],
) -> None:
    """Add the addresses."""

    @blueprint.post("/broadcasts")
    def post_broadcast() -> Response:
        caller = enter("broadcasts:write")
        items, listed = read_items(read_bytes(request, "application/json", settings.api_max_bytes))
        if listed:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "not_one",
                "Gửi một đối tượng, không phải danh sách.",
            )
        given = _read(items[0])
        now = clock.now()
        with database.write() as session:
            row = Broadcast(
                title=given.title.strip(),
                title_folded=fold(given.title),
                topic=given.topic,
                way=Way(given.way),
                content=_content(given).model_dump(mode="json"),
                audience=_audience(session, given).model_dump(mode="json"),
                created_by=f"api:{caller.name}",
                created_at=now,
                updated_at=now,
            )
            view = _view(broadcasts.add(session, row), settings)
        return respond(view, HTTPStatus.CREATED, {"Location": f"/api/v1/broadcasts/{row.id}"})

    @blueprint.get("/broadcasts/<int:number>")
    def get_broadcast(number: int) -> Response:
        enter("broadcasts:read")
        with database.read() as session:
            row = broadcasts.get(session, number) if number < 2**62 else None
        if row is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found", "Không có thông báo này.")
        return respond(_view(row, settings), HTTPStatus.OK)


def _read(item: object) -> BroadcastIn:
    try:
        given = BroadcastIn.model_validate(item)
    except ValidationError as error:
        raise _wrong(
            [(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors()]
        ) from None
    if given.topic not in BY_KEY:
        raise _wrong([("topic", "Chủ đề phải là một trong: " + ", ".join(BY_KEY))])
    return given


def _content(given: BroadcastIn) -> Content:
    return Content(vi=Texts(text=given.text, buttons=given.buttons), en=Texts(text=given.text_en))


def _audience(session: Session, given: BroadcastIn) -> Audience:
    ids = []
    for place, code in enumerate(given.agencies):
        found = agencies.by_code(session, code)
        if found is None or found.id is None:
            raise _wrong([(f"agencies.{place}", "Không có cơ quan mang mã này.")])
        ids.append(found.id)
    return Audience(
        agencies=tuple(ids),
        fields=given.fields,
        procedures=given.procedures,
        states=given.states,
        promised_from=given.promised_from,
        promised_to=given.promised_to,
        interacted_days=given.interacted_days,
    )


def _wrong(found: list[tuple[str, str]]) -> Problem:
    errors = [
        {
            "index": 0,
            "field": field,
            "pointer": "#/" + field.replace("~", "~0").replace(".", "/"),
            "detail": detail,
        }
        for field, detail in found[:100]
    ]
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid",
        "Bản nháp thông báo có trường không dùng được; xem errors.",
        members={"errors": errors},
    )


def _view(row: Broadcast, settings: Settings) -> dict[str, Any]:
    """What the API tells: nothing of single people."""
    figures = {
        name: row.figures[name]
        for name in ("sent", "delivered", "seen", "failed", "ruled_out", "waiting", "left", "cost")
        if name in row.figures
    }
    return {
        "id": row.id,
        "state": row.state,
        "title": row.title,
        "topic": row.topic,
        "way": row.way,
        # Who paused it is nobody's business here.
        "reason": row.reason if row.state in _TOLD else "",
        "total": row.total,
        "figures": figures,
        "url": f"{settings.public_url}/console/thong-bao/{row.id}",
        **{
            name: moment.astimezone(VIETNAM).isoformat() if (moment := getattr(row, name)) else None
            for name in ("created_at", "approved_at", "start_at", "started_at", "finished_at")
        },
    }
