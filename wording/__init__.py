"""The words citizens read, in their language, with the province's own names filled in."""

from __future__ import annotations

from settings import Settings
from wording.catalogue import (
    LANGUAGES,
    MissingVariable,
    UnknownWords,
    WordingError,
    catalogue,
)
from wording.hours import spoken_hours
from wording.places import place_name

__all__ = [
    "LANGUAGES",
    "MissingVariable",
    "UnknownWords",
    "WordingError",
    "Words",
    "typed",
]


class Words:
    """The catalogue in one language.

    ``words("welcome.named", name="Trang")`` renders a text. ``{province}``, ``{oa_name}``,
    ``{portal}``, ``{portal_url}``, ``{hotline}``, ``{counter_address}``, ``{office_hours}``,
    ``{news_url}``, ``{feedback_url}``, ``{payment_url}`` and ``{sms_lookup}`` come from the
    settings by themselves.
    """

    def __init__(self, language: str, settings: Settings) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._words = catalogue(self.language)
        self._places = {
            "province": place_name(settings.province_name, self.language),
            "oa_name": settings.oa_name,
            "portal": settings.portal_name,
            "portal_url": settings.portal_url,
            "hotline": settings.hotline,
            "counter_address": settings.counter_address,
            "office_hours": spoken_hours(settings.office_hours, self._words.lists["hours.days"]),
            "news_url": settings.news_url,
            "feedback_url": settings.feedback_url,
            "payment_url": settings.payment_url,
            "sms_lookup": settings.sms_lookup,
        }

    def __call__(self, key: str, **values: object) -> str:
        """The text under ``key``; `UnknownWords` or `MissingVariable` when it cannot be made."""
        phrase = self._words.phrases.get(key)
        if phrase is None:
            raise UnknownWords(key)
        given = {name: str(value) for name, value in values.items()}
        try:
            return phrase.render({**self._places, **given})
        except MissingVariable as error:
            raise MissingVariable(f"{key}: {error}") from None

    def has(self, key: str) -> bool:
        """Whether there is a text under ``key``."""
        return key in self._words.phrases

    def options(self, key: str) -> tuple[str, ...]:
        """The list under ``key``, e.g. what citizens type to mean one thing."""
        try:
            return self._words.lists[key]
        except KeyError:
            raise UnknownWords(key) from None


def typed(key: str) -> tuple[str, ...]:
    """What citizens type for one thing, in every language at once: nobody switches before asking.

    ``key`` names a list of the catalogue; `UnknownWords` when no language has it.
    """
    found = [item for name in LANGUAGES for item in catalogue(name).lists.get(key, ())]
    if not found:
        raise UnknownWords(key)
    return tuple(dict.fromkeys(found))
