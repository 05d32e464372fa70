"""Who is asked first, and what becomes of an open question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.events import Event, Follow, UserText
from bot.messages import Text
from bot.phrasing import Phrases, number
from bot.router import Router, RoutingError, read
from bot.routing import Context, Handler, Incoming, Reply, Route
from clock import FixedClock
from crypto import Vault
from dossiers.workdays import Calendar
from settings import Settings
from store.engine import Database
from store.tables import Conversation, Follower
from wording import Words


@pytest.fixture
def context(
    settings: Settings, vault: Vault, clock: FixedClock, tmp_path: Path
) -> Iterator[Context]:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    now = clock.now()
    with Session(database.engine) as session:
        yield Context(
            session=session,
            now=now,
            settings=settings,
            vault=vault,
            words=Words("vi", settings),
            calendar=Calendar.from_settings(settings),
            follower=Follower(uid="u", first_seen_at=now),
            conversation=Conversation(uid="u", updated_at=now),
            correlation_id="c",
        )
    database.dispose()


def says(text: str) -> Handler:
    return lambda incoming, context: Reply.of(Text(text))


def passes(incoming: Incoming, context: Context) -> Reply | None:
    return None


LAST = Route("fallback", says("last"), "x", rank=99)


def ask(router: Router, context: Context, what: str | Event) -> str:
    event = UserText(name="user_send_text", text=what) if isinstance(what, str) else what
    found = router.route(read(event), context)
    assert found is not None
    return found[0].name


def test_events_come_before_payloads_before_flow_before_words(context: Context) -> None:
    router = Router(
        [
            Route("words", says("w"), "x", words=("#go", "5")),
            Route("flow", says("f"), "x", flow="f"),
            Route("payload", says("p"), "x", payloads=("#Go",)),
            Route("event", says("e"), "x", events=(Follow,)),
            LAST,
        ]
    )
    context.expect("f", "s")
    assert ask(router, context, Follow(name="follow")) == "event"
    assert ask(router, context, "#GO") == "payload"
    context.expect("f", "s")
    assert ask(router, context, "5") == "flow"
    context.done()
    assert ask(router, context, "5") == "words"


def test_a_route_that_passes_lets_the_next_be_asked(context: Context) -> None:
    router = Router(
        [
            Route("first", passes, "x", words=("hello",), rank=1),
            Route("second", says("2"), "x", words=("hello",), rank=2),
            LAST,
        ]
    )
    assert ask(router, context, "Hello!") == "second"


def test_lower_ranks_are_asked_first_whatever_the_listing(context: Context) -> None:
    router = Router(
        [
            Route("late", says("l"), "x", when=lambda i, c: True, rank=50),
            Route("early", says("e"), "x", words=("hi",), rank=20),
            LAST,
        ]
    )
    assert ask(router, context, "hi") == "early"


def test_numbers_pick_the_menu_only_when_no_flow_wants_them(context: Context) -> None:
    router = Router(
        [
            Route("lookup", says("l"), "x", payloads=("#tracuu",)),
            Route("digits", says("d"), "x", flow="digits"),
            Route("shy", passes, "x", flow="shy"),
            LAST,
        ]
    )
    assert ask(router, context, "1") == "lookup"
    context.expect("digits", "s")
    assert ask(router, context, "1") == "digits"
    context.expect("shy", "s")
    assert ask(router, context, "1") == "lookup"
    assert ask(router, context, "7") == "fallback"


def test_an_unknown_payload_falls_to_the_last_route(context: Context) -> None:
    assert ask(Router([LAST]), context, "#khongco abc") == "fallback"


def test_the_argument_of_a_payload_is_what_follows_it() -> None:
    incoming = read(UserText(name="user_send_text", text="  #HoSo  000.00.04 A "))
    assert (incoming.payload, incoming.argument) == ("#hoso", "000.00.04 A")
    assert read(UserText(name="user_send_text", text="a #b")).payload == ""


def test_text_is_nfc_and_folded_for_handlers() -> None:
    incoming = read(UserText(name="user_send_text", text="Hô\u0300 sơ Đỏ"))
    assert incoming.text == "Hồ sơ Đỏ"
    assert incoming.folded == "ho so do"


def test_what_is_waited_for_expires(context: Context, clock: FixedClock) -> None:
    opens: Handler = lambda incoming, context: (context.expect("f", "s"), Reply())[1]  # noqa: E731
    router = Router(
        [
            Route("open", opens, "x", words=("open",)),
            Route("flow", says("f"), "x", flow="f"),
            LAST,
        ]
    )
    ask(router, context, "open")
    minutes = context.settings.conversation_minutes
    assert context.conversation.expires_at == context.now + timedelta(minutes=minutes)
    context.now += timedelta(minutes=minutes)
    assert ask(router, context, "anything") == "flow"
    context.now += timedelta(minutes=minutes, seconds=1)
    assert ask(router, context, "anything") == "fallback"
    assert (context.conversation.flow, context.conversation.data) == ("", {})


def test_taking_over_from_an_open_flow_ends_it_but_an_odd_answer_does_not(
    context: Context,
) -> None:
    router = Router(
        [
            Route("other", says("o"), "x", payloads=("#other",)),
            Route("shy", passes, "x", flow="f"),
            LAST,
        ]
    )
    context.expect("f", "s")
    ask(router, context, "odd")
    assert context.conversation.flow == "f"
    ask(router, context, "#other")
    assert context.conversation.flow == ""


def test_only_the_named_routes_are_asked_when_the_bot_keeps_quiet(context: Context) -> None:
    router = Router([Route("stop", says("s"), "x", words=("stop",)), LAST])
    hello = read(UserText(name="user_send_text", text="hello"))
    stop = read(UserText(name="user_send_text", text="stop"))
    assert router.route(hello, context, {"stop"}) is None
    assert router.route(stop, context, {"stop"}) is not None


def test_a_wrong_list_of_routes_is_refused() -> None:
    with pytest.raises(RoutingError, match="fallback"):
        Router([])
    with pytest.raises(RoutingError, match="two routes are called fallback"):
        Router([LAST, LAST])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2),
        ("số 2", 2),
        ("so 2.", 2),
        ("chọn 12", 12),
        ("2 3", None),
        ("123", None),
        ("", None),
    ],
)
def test_a_number_is_read_alone(text: str, expected: int | None) -> None:
    assert number(text) == expected


@pytest.fixture
def phrase() -> Callable[[str], bool]:
    return Phrases(("hồ sơ của tôi", "dừng", "hòa giải")).match


@pytest.mark.parametrize(
    "text",
    ["hồ sơ của tôi", "HO SO CUA TOI", "hs của tôi", "cho tôi xin hồ sơ của tôi với ạ!", "dừng",
     "dung", "Xin dừng giúp tôi", "hoà giải"],
)  # fmt: skip
def test_politeness_accents_and_teencode_do_not_matter(
    phrase: Callable[[str], bool], text: str
) -> None:
    assert phrase(text)


@pytest.mark.parametrize("text", ["đúng", "dùng", "vâng đúng ạ", "hồ sơ", "", "dừng " * 50])
def test_a_single_word_with_other_accents_is_another_word(
    phrase: Callable[[str], bool], text: str
) -> None:
    assert not phrase(text)
