"""Reading the catalogue: one folder a language, any number of TOML files merged into one.

A text may hold placeholders ``{name}`` and optional parts ``[[Call {hotline}.]]``: an optional
part disappears when one of its placeholders is empty. Nothing else is special, so what citizens
or other systems put into a value can never become a placeholder itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
#: Vietnamese comes first: what another language lacks is said in Vietnamese.
LANGUAGES = ("vi", "en")

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
#: A line that held nothing but optional parts goes with them.
_DROPPED_LINE = re.compile(r"^[ \t]*\0[\0 \t]*(?:\n|\Z)", re.MULTILINE)
_BROKEN = re.compile(r"[{}]|\[\[|\]\]")


class WordingError(Exception):
    """The catalogue itself or the way it was asked is wrong."""


class UnknownWords(WordingError):
    """Nobody wrote words under this key."""


class MissingVariable(WordingError):
    """The words need a value that was not given."""


@dataclass(frozen=True)
class Phrase:
    """One text, taken apart once."""

    raw: str
    names: frozenset[str]

    def render(self, values: Mapping[str, str]) -> str:
        """The text with its values; `MissingVariable` names what was not given."""
        missing = sorted(self.names - values.keys())
        if missing:
            raise MissingVariable(", ".join(missing))

        def optional(found: re.Match[str]) -> str:
            inner = found.group(1)
            empty = any(not values[name] for name in _PLACEHOLDER.findall(inner))
            return "\0" if empty else inner

        kept = _OPTIONAL.sub(optional, self.raw)
        kept = _DROPPED_LINE.sub("", kept).replace("\0", "")
        filled = _PLACEHOLDER.sub(lambda found: values[found.group(1)], kept)
        return filled.strip()


@dataclass(frozen=True)
class Catalogue:
    """All words of one language."""

    phrases: Mapping[str, Phrase]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_phrase(text: str, where: str) -> Phrase:
    """Take a text apart; `WordingError` for braces that are no placeholder."""
    rest = _PLACEHOLDER.sub("", _OPTIONAL.sub(r"\1", text))
    if _BROKEN.search(rest):
        raise WordingError(f"{where}: a brace or bracket that is no placeholder")
    return Phrase(text, frozenset(_PLACEHOLDER.findall(text)))


@lru_cache(maxsize=2048)
def reading(text: str) -> Phrase:
    """A text staff wrote, taken apart once; checked with `read_phrase` before it was stored."""
    return read_phrase(text, "content")


def read_folder(folder: Path) -> Catalogue:
    """Merge every ``*.toml`` of a language; a key written twice is an error that names it."""
    phrases: dict[str, Phrase] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            tree = tomllib.load(file)
        for key, value in _leaves(tree, ""):
            where = f"{folder.name}/{path.name}: {key}"
            if key in phrases or key in lists:
                raise WordingError(f"{where}: written twice")
            if isinstance(value, str):
                phrases[key] = read_phrase(value, where)
            elif isinstance(value, list) and all(isinstance(item, str) for item in value):
                lists[key] = tuple(value)
            else:
                raise WordingError(f"{where}: must be a text or a list of texts")
    return Catalogue(phrases, lists)


def _leaves(tree: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@cache
def catalogue(language: str) -> Catalogue:
    """The words of a language as shipped; an unknown language reads as Vietnamese."""
    return read_folder(FOLDER / (language if language in LANGUAGES else LANGUAGES[0]))
