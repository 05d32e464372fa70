"""A draft as it will be seen: bubbles in both languages, the template, the article."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.messages import File, Image, Text
from bot.text import units
from console.broadcasts.words import FACTS, LANGUAGES
from notify.broadcasts.content import Content, filled, message
from notify.broadcasts.moves import footers
from settings import Settings
from store.tables import Way

SAMPLE = {name: sample for name, (_, sample) in FACTS.items()}


@dataclass
class Bubble:
    """One message on the phone."""

    text: str = ""
    picture: bool = False
    file: str = ""
    buttons: list[str] = field(default_factory=list)


@dataclass
class Shown:
    """One language of the chat."""

    language: str
    words: str
    bubbles: list[Bubble]


@dataclass
class Preview:
    """What the page shows; members a way does not use are empty."""

    chats: list[Shown]
    #: (parameter, value) of the ZBS template.
    template: list[tuple[str, str]]
    template_name: str
    article: bool


def preview(way: str, content: Content, settings: Settings) -> Preview:
    """The draft for a sample person; facts in braces are filled with samples."""
    whole = content.model_copy(update={"footer": footers(settings)})
    chats = []
    if way in (Way.mixed, Way.consultation):
        chats = [
            Shown(language, LANGUAGES[language], _bubbles(whole, language))
            for language in ("vi", "en")
            if language == "vi" or content.en.text
        ]
    zbs = content.zbs if way in (Way.mixed, Way.zbs) else None
    return Preview(
        chats=[one for one in chats if one.bubbles],
        template=[(name, filled(value, SAMPLE)) for name, value in zbs.params.items()]
        if zbs
        else [],
        template_name=(zbs.name or zbs.template_id) if zbs else "",
        article=way == Way.article,
    )


def _bubbles(content: Content, language: str) -> list[Bubble]:
    found = []
    for part in content.parts():
        try:
            said = message(content, part, language, SAMPLE)
        except ValueError:
            # Too long or a broken button: the list of problems says so.
            texts = content.en if language == "en" else content.vi
            found.append(Bubble(texts.text))
            continue
        if isinstance(said, Text):
            found.append(Bubble(said.text, buttons=[button.title for button in said.buttons]))
        elif isinstance(said, Image):
            found.append(Bubble(said.text, picture=True))
        elif isinstance(said, File):
            found.append(Bubble(file=said.name))
    return found


def lengths(content: Content, settings: Settings) -> dict[str, int]:
    """How long each language's text is with how to stop, as Zalo counts it."""
    said = footers(settings)
    return {
        "vi": units(content.vi.text) + units(said["vi"]) + 2,
        "en": units(content.en.text) + units(said["en"]) + 2,
    }
