"""The form of a filing guide: parts and steps that are added, moved and removed without scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from content.guides import MOST_PARTS, MOST_STEPS
from content.pictures import NoPicture, redrawn
from store import stored_files
from store.engine import Database


@dataclass
class StepRow:
    """One step as typed."""

    text: str = ""
    picture: str = ""


@dataclass
class PartRow:
    """One part as typed."""

    title: str = ""
    steps: list[StepRow] = field(default_factory=lambda: [StepRow()])


@dataclass
class GuideForm:
    """A whole guide as typed, right or wrong."""

    name: str = ""
    url: str = ""
    parts: list[PartRow] = field(default_factory=lambda: [PartRow()])

    @classmethod
    def of(cls, body: dict[str, Any]) -> GuideForm:
        """A stored guide for editing."""
        parts = [
            PartRow(
                str(part.get("title", "")),
                [
                    StepRow(str(step.get("text", "")), str(step.get("picture") or ""))
                    for step in part.get("steps", ())
                ],
            )
            for part in body.get("part", ())
        ]
        return cls(str(body.get("name", "")), str(body.get("url", "")), parts or [PartRow()])

    @classmethod
    def read(cls) -> GuideForm:
        """What was posted; counts are bounded before anything is read."""
        form = request.form
        parts = []
        for at in range(_count("parts", MOST_PARTS)):
            steps = [
                StepRow(_text(f"part.{at}.steps.{n}.text"), form.get(f"picture.{at}.{n}", "")[:100])
                for n in range(_count(f"steps.{at}", MOST_STEPS))
            ]
            parts.append(PartRow(_text(f"part.{at}.title"), steps))
        return cls(_text("name"), form.get("url", "").strip()[:500], parts)

    def body(self) -> dict[str, Any]:
        """As `procedures.guides.Guide` reads it."""
        return {
            "name": self.name,
            "url": self.url,
            "part": [
                {
                    "title": part.title,
                    "steps": [
                        {"text": one.text, "picture": one.picture or None} for one in part.steps
                    ],
                }
                for part in self.parts
            ],
        }

    def act(self, act: str) -> bool:
        """Add, move or remove a part or step ("remove-step:0:2"); False for anything else."""
        name, *numbers = act.split(":")
        if not all(one.isascii() and one.isdigit() and len(one) < 4 for one in numbers):
            return False
        at = [int(one) for one in numbers]
        if name == "add-part" and len(self.parts) < MOST_PARTS:
            self.parts.append(PartRow())
        elif not at or at[0] >= len(self.parts):
            return name == "add-part"
        elif name == "add-step" and len(self.parts[at[0]].steps) < MOST_STEPS:
            self.parts[at[0]].steps.append(StepRow())
        elif name == "remove-part":
            del self.parts[at[0]]
        elif name == "up-part":
            _up(self.parts, at[0])
        elif len(at) == 2 and at[1] < len(self.parts[at[0]].steps):
            steps = self.parts[at[0]].steps
            if name == "remove-step":
                del steps[at[1]]
            elif name == "up-step":
                _up(steps, at[1])
            elif name == "remove-picture":
                steps[at[1]].picture = ""
            else:
                return False
        else:
            return name == "add-step"
        return True

    def take_pictures(self, database: Database, now: datetime) -> dict[str, str]:
        """Store what was uploaded and name it in its step; what is wrong, by place."""
        wrong: dict[str, str] = {}
        for at, part in enumerate(self.parts):
            for n, step in enumerate(part.steps):
                sent = request.files.get(f"file.{at}.{n}")
                if sent is None or not sent.filename:
                    continue
                try:
                    content, ending = redrawn(sent.stream.read())
                except NoPicture as error:
                    wrong[f"part.{at}.steps.{n}.picture"] = str(error)
                    continue
                kind = "image/png" if ending == "png" else "image/jpeg"
                with database.write() as session:
                    media = stored_files.keep(session, content, kind, now)
                step.picture = f"up-{media.removeprefix('sha256:')}.{ending}"
        return wrong


def _count(name: str, most: int) -> int:
    told = request.form.get(name, "0")
    return min(int(told), most) if told.isascii() and told.isdigit() and len(told) < 4 else 0


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:3000]


def _up(rows: list[Any], at: int) -> None:
    if 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
