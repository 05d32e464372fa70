"""Filing guides: how to file online, step by step, one file a portal (domain 1.6, the guides).

The files are the province's to edit (``GUIDES_FOLDER``); which of them are offered is a setting
(``FILING_GUIDES``), because provincial portals close one by one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from settings import Settings

Name = Annotated[str, Field(min_length=1, max_length=120)]


class GuideError(Exception):
    """A guide cannot be read; the text names file and member."""


class Step(BaseModel):
    """One step: what to do, and perhaps a picture of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1, max_length=1500)]
    #: A file of the folder "pictures" beside the guide.
    picture: Annotated[str, Field(pattern=r"^[\w\-]{1,80}\.(?:png|jpg|jpeg)$")] | None = None


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
    folder = Path(settings.guides_folder)
    address = settings.provincial_portal_url or settings.portal_url
    return tuple(_load(folder, key, language, address) for key in settings.filing_guides)


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
            if step.picture and not (pictures / step.picture).is_file()
        ]
    return list(dict.fromkeys(wrong))


@lru_cache(maxsize=64)
def _load(folder: Path, key: str, language: str, address: str) -> Guide:
    if not key.replace("-", "").isalnum():
        raise GuideError(f"FILING_GUIDES: {key!r} is no name of a guide")
    path = folder / f"{key}.{language}.toml"
    if not path.is_file():
        path = folder / f"{key}.toml"
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8").replace("{portal_address}", address))
        return Guide.model_validate({**tree, "key": key})
    except OSError:
        raise GuideError(f"FILING_GUIDES: there is no guide {path.name}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GuideError(f"guide {path.name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise GuideError(f"guide {path.name}: {place}: {first['msg']}") from None
