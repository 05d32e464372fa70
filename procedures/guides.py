"""Filing guides: how to file online, step by step, one a portal (domain 1.6, the guides).

Guides are files (``GUIDES_FOLDER``); what staff wrote in the console comes before them. Which are
offered is a setting (``FILING_GUIDES``), because provincial portals close one by one.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from procedures.records import file_name
from settings import Settings

#: Stands in a guide for the address of the portal that takes the filing.
_ADDRESS = "{portal_address}"
#: A picture uploaded in the console: the digest in its name is the key of its stored file.
_UPLOADED = re.compile(r"up-([0-9a-f]{64})\.(?:png|jpg)")

Name = Annotated[str, Field(min_length=1, max_length=120)]


class GuideError(Exception):
    """A guide cannot be read; the text names file and member."""


class Step(BaseModel):
    """One step: what to do, and perhaps a picture of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1, max_length=1500)]
    #: A file of the folder "pictures" beside the guide, or an uploaded one (`picture_media`).
    picture: Annotated[str, file_name(80, "png", "jpg", "jpeg")] | None = None


class Part(BaseModel):
    """Steps under one title."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Name
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=30)]


class Guide(BaseModel):
    """A whole guide; ``key`` is its file's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = ""
    name: Name
    url: Annotated[str, Field(max_length=500)] = ""
    part: Annotated[tuple[Part, ...], Field(min_length=1, max_length=20)]

    @property
    def count(self) -> int:
        """How many steps there are."""
        return sum(len(part.steps) for part in self.part)

    def numbered(self) -> Iterator[tuple[int, int, Part, Step]]:
        """Every step with its number and the number of its part, both from 1."""
        number = 0
        for at, part in enumerate(self.part, 1):
            for step in part.steps:
                number += 1
                yield number, at, part, step


def offered(settings: Settings, language: str) -> tuple[Guide, ...]:
    """The guides of the settings in a language, in Vietnamese where it has none.

    `GuideError` for a guide that is missing or wrong; `check` reports it at the start.
    """
    return tuple(found(settings, key, language) for key in settings.filing_guides)


def found(settings: Settings, key: str, language: str) -> Guide:
    """One guide: what staff wrote, else its file, else the same in Vietnamese; `GuideError`."""
    folder = Path(settings.guides_folder)
    address = settings.provincial_portal_url or settings.portal_url
    own = settings.guides
    if not file_of(folder, key, language):
        language = language if (key, language) in own else "vi"
    if written := own.get((key, language)):
        return _read(written, key, address)
    return _load(folder, key, language, address)


def file_of(folder: Path, key: str, language: str) -> Path | None:
    """The file a guide is shipped in, in this very language; None when there is none."""
    if not is_key(key):
        return None
    names = (f"{key}.{language}.toml", *((f"{key}.toml",) if language == "vi" else ()))
    return next((path for name in names if (path := folder / name).is_file()), None)


def is_key(key: str) -> bool:
    """Whether this can be the name of a guide: letters, digits and hyphens."""
    return key.isascii() and key.replace("-", "").isalnum() and len(key) <= 40


def picture_media(picture: str) -> str:
    """The key of an uploaded picture's stored file; "" for a file of the folder "pictures"."""
    found = _UPLOADED.fullmatch(picture)
    return f"sha256:{found[1]}" if found else ""


def check(settings: Settings) -> list[str]:
    """What is wrong with the configured guides, one sentence each, for ``doctor`` and the start."""
    wrong = []
    for language in ("vi", "en"):
        try:
            guides = offered(settings, language)
        except GuideError as error:
            wrong.append(str(error))
            continue
        pictures = Path(settings.guides_folder) / "pictures"
        wrong += [
            f"guide {guide.key}: the picture {step.picture} is not in {pictures.name}/"
            for guide in guides
            for _, _, _, step in guide.numbered()
            if step.picture and not picture_media(step.picture)
            if not (pictures / step.picture).is_file()
        ]
    return list(dict.fromkeys(wrong))


@lru_cache(maxsize=64)
def _load(folder: Path, key: str, language: str, address: str) -> Guide:
    if not is_key(key):
        raise GuideError(f"FILING_GUIDES: {key!r} is no name of a guide")
    path = file_of(folder, key, language)
    if path is None:
        raise GuideError(f"FILING_GUIDES: there is no guide {key}.toml")
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8").replace(_ADDRESS, address))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GuideError(f"guide {path.name}: {error}") from None
    return _made(tree, key, path.name)


@lru_cache(maxsize=64)
def _read(written: str, key: str, address: str) -> Guide:
    return _made(json.loads(written.replace(_ADDRESS, address)), key, key)


def _made(tree: dict[str, object], key: str, name: str) -> Guide:
    try:
        return Guide.model_validate({**tree, "key": key})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise GuideError(f"guide {name}: {place}: {first['msg']}") from None
