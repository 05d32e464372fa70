"""The announcement as phones will show it: built by what sends it, with an example's facts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.buttons import Button
from bot.messages import File, Image, Message, Text
from console.broadcasts.words import FACTS, LANGUAGES
from notify.broadcasts import content as words
from notify.broadcasts.content import Content

#: An invented person, for texts that name facts.
EXAMPLE = {name: example for name, (_, example) in FACTS.items()}


@dataclass(frozen=True)
class Bubble:
    """One message, as the macro ``chat`` of ``_chat.html`` draws it."""

    text: str = ""
    url: str = ""
    alt: str = "Ảnh của thông báo"
    buttons: tuple[Button, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Told:
    """The messages in one language, in the order they arrive."""

    language: str
    words: str
    bubbles: tuple[Bubble, ...]


def told(content: Content, picture: str) -> list[Told]:
    """The consultation messages in each language there is; ``picture`` is its address."""
    found = []
    for language, name in LANGUAGES.items():
        if content.language(language) != language or not content.vi.text:
            continue
        parts = (words.message(content, part, language, EXAMPLE) for part in content.parts())
        bubbles = tuple(_bubble(one, picture) for one in parts if one is not None)
        found.append(Told(language, name, bubbles))
    return found


def template_rows(content: Content) -> list[tuple[str, str]]:
    """The parameters of its ZBS template as they will be filled."""
    made = words.template(content, EXAMPLE, "thu")
    return [(name, str(value)) for name, value in made.data.items()] if made else []


def names_facts(content: Content) -> bool:
    """Whether every person reads something else."""
    return bool(words.names_in(content))


def _bubble(said: Message, picture: str) -> Bubble:
    if isinstance(said, Image):
        return Bubble(said.text, picture)
    if isinstance(said, File):
        return Bubble(name=said.name)
    return Bubble(said.text, buttons=said.buttons) if isinstance(said, Text) else Bubble()
