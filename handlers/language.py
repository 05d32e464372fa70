"""Vietnamese or English, kept for every later answer."""

from __future__ import annotations

from bot.messages import Text
from bot.routing import Context, Handler, Incoming, Reply, Route
from handlers.menu import menu
from wording import Words, typed


def speak(language: str, key: str) -> Handler:
    """A handler that changes the language and shows the menu in it."""

    def handler(incoming: Incoming, context: Context) -> Reply:
        context.follower.language = language
        words = Words(language, context.settings)
        return Reply.of(Text(words(key)), menu(words))

    return handler


ROUTES = (
    Route(
        "english",
        speak("en", "language.english"),
        "Answer in English",
        payloads=("#english",),
        words=typed("typed.english"),
    ),
    Route(
        "vietnamese",
        speak("vi", "language.vietnamese"),
        "Answer in Vietnamese",
        payloads=("#tiengviet",),
        words=typed("typed.vietnamese"),
    ),
)
