"""The words citizens read, in their language, with the province's own names filled in."""

from __future__ import annotations

from settings import Settings
from wording.catalogue import (
    LANGUAGES,
    MissingVariable,
    UnknownWords,
    WordingError,
    catalogue,
    reading,
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

#: Names in texts -> the setting that supplies them.
_PLACES = {
    "province": "province_name",
    "oa_name": "oa_name",
    "portal": "portal_name",
    "portal_url": "portal_url",
    "hotline": "hotline",
    "counter_address": "counter_address",
    "office_hours": "office_hours",
    "news_url": "news_url",
    "feedback_url": "feedback_url",
    "payment_url": "payment_url",
    "sms_lookup": "sms_lookup",
}


class Words:
    """The catalogue in one language.

    ``words("welcome.named", name="Trang")`` renders a text. ``{province}``, ``{oa_name}``,
    ``{portal}``, ``{portal_url}``, ``{hotline}``, ``{counter_address}``, ``{office_hours}``,
    ``{news_url}``, ``{feedback_url}``, ``{payment_url}`` and ``{sms_lookup}`` come from the
    settings by themselves. Where staff reworded a text (`content.texts`), theirs is said.
    """

    def __init__(self, language: str, settings: Settings) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._words = catalogue(self.language)
        self._own = settings.texts.get(self.language, {})
        days = self._words.lists["hours.days"]
        #: What the settings supply to every text that names it.
        self.places = {name: str(getattr(settings, field)) for name, field in _PLACES.items()}
        self.places["province"] = place_name(settings.province_name, self.language)
        self.places["office_hours"] = spoken_hours(settings.office_hours, days)

    @staticmethod
    def filled_by_settings() -> frozenset[str]:
        """The names any text may use without being given them."""
        return frozenset(_PLACES)

    def __call__(self, key: str, **values: object) -> str:
        """The text under ``key``; `UnknownWords` or `MissingVariable` when it cannot be made."""
        phrase = self._words.phrases.get(key)
        if phrase is None:
            raise UnknownWords(key)
        given = {**self.places, **{name: str(value) for name, value in values.items()}}
        own = self._own.get(key)
        if own is not None and (reworded := reading(own)).names <= given.keys():
            # Checked when it was saved; a shipped text that wants more since then says more.
            phrase = reworded
        try:
            return phrase.render(given)
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
