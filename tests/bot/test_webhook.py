"""The webhook answers as protocol section 1 demands, and stores exactly what it must."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import select

from bot import webhook
from clock import FixedClock
from settings import Settings
from store.engine import Database
from store.inbox import Inbox
from store.tables import InboundEvent


def body_of(**changes: Any) -> bytes:
    """A citizen's text as Zalo sends it, with members changed."""
    members: dict[str, Any] = {
        "app_id": "1122334455667788990",
        "user_id_by_app": "5600000000000000938",
        "event_name": "user_send_text",
        "timestamp": "1790000000123",
        "sender": {"id": "7300000000000000421"},
        "recipient": {"id": "4100000000000000017"},
        "message": {"msg_id": "a1b2c3d4e5f60718293a", "text": "Chào phường"},
    }
    members.update(changes)
    return json.dumps(members, ensure_ascii=False).encode()


def sign(body: bytes, secret: str, timestamp: str = "1790000000123") -> str:
    """The header value of protocol 1.4, computed here by its formula."""
    joined = b"1122334455667788990" + body + timestamp.encode() + secret.encode()
    return "mac=" + hashlib.sha256(joined).hexdigest()


def client_of(database: Database, settings: Settings, clock: FixedClock) -> FlaskClient:
    """A web application with nothing but the webhook."""
    app = Flask("webhook-test")
    app.register_blueprint(webhook.create_blueprint(Inbox(database), settings, clock))
    return app.test_client()


@pytest.fixture
def client(db: Database, settings: Settings, clock: FixedClock) -> FlaskClient:
    """The webhook over the test's database."""
    return client_of(db, settings, clock)


def post(client: FlaskClient, body: bytes, signature: str | None, **headers: str) -> int:
    """Deliver a body; the status of the answer."""
    sent = dict(headers)
    if signature is not None:
        sent["X-ZEvent-Signature"] = signature
    return client.post("/webhook/zalo", data=body, headers=sent).status_code


def stored(db: Database) -> list[InboundEvent]:
    """Everything in the inbox."""
    with db.read() as session:
        return list(session.exec(select(InboundEvent).order_by("id")).all())


SECRET = "k9Xw2QpLz7RtVb4NcMhA"


def test_a_signed_event_is_stored_before_it_is_answered(client: FlaskClient, db: Database) -> None:
    body = body_of()
    assert post(client, body, sign(body, SECRET)) == 200
    (row,) = stored(db)
    assert (row.event_name, row.subject, row.body) == (
        "user_send_text",
        "7300000000000000421",
        body,
    )
    assert row.sent_at is not None
    assert row.correlation_id


def test_the_signature_is_also_taken_without_its_prefix(client: FlaskClient, db: Database) -> None:
    body = body_of()
    assert post(client, body, sign(body, SECRET).removeprefix("mac=")) == 200
    assert len(stored(db)) == 1


def test_the_header_timestamp_is_tried_when_the_body_has_none(
    client: FlaskClient, db: Database
) -> None:
    body = body_of(timestamp=None)
    signature = sign(body, SECRET, "1790000000999")
    assert post(client, body, signature, **{"X-ZEvent-Timestamp": "1790000000999"}) == 200
    assert len(stored(db)) == 1


def test_the_old_secret_still_verifies_during_a_rotation(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    rotated = settings.model_copy(
        update={
            "zalo_oa_secret_key": type(settings.secret_key)("new-secret-of-the-oa"),
            "zalo_oa_secret_key_old": type(settings.secret_key)(SECRET),
        }
    )
    client = client_of(db, rotated, clock)
    first, second = body_of(), body_of(message={"msg_id": "b" * 20, "text": "x"})
    assert post(client, first, sign(first, SECRET)) == 200
    assert post(client, second, sign(second, "new-secret-of-the-oa")) == 200
    assert len(stored(db)) == 2


@pytest.mark.parametrize("signature", [None, "", "mac=", "mac=" + "0" * 64, "đ" * 70])
def test_an_unsigned_or_wrongly_signed_body_is_answered_200_without_effect(
    client: FlaskClient, db: Database, signature: str | None
) -> None:
    encoded = signature.encode().decode("latin-1") if signature else signature
    before = webhook.WEBHOOKS.labels("bad_signature")._value.get()
    assert post(client, body_of(), encoded) == 200
    assert stored(db) == []
    if signature and len(signature) > 60:
        assert webhook.WEBHOOKS.labels("bad_signature")._value.get() == before + 1


def test_the_probe_of_the_console_is_answered_200_and_counted(
    client: FlaskClient, db: Database
) -> None:
    before = webhook.WEBHOOKS.labels("probe")._value.get()
    assert post(client, b"{}", None) == 200
    assert stored(db) == []
    assert webhook.WEBHOOKS.labels("probe")._value.get() == before + 1


def test_a_body_whose_bytes_changed_after_signing_is_not_stored(
    client: FlaskClient, db: Database
) -> None:
    body = body_of()
    reordered = json.dumps(json.loads(body), indent=1, ensure_ascii=False).encode()
    assert post(client, reordered, sign(body, SECRET)) == 200
    assert stored(db) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"message": {"msg_id": "This is message id", "text": "This is testing message"}},
        {"event_name": "follow", "source": "testing_webhook", "follower": {"id": "1"}},
    ],
)
def test_a_sample_of_the_consoles_test_button_is_not_acted_upon(
    client: FlaskClient, db: Database, changes: dict[str, Any]
) -> None:
    body = body_of(**changes)
    assert post(client, body, sign(body, SECRET)) == 200
    assert stored(db) == []


def test_the_same_event_delivered_fifty_times_at_once_is_stored_once(
    client: FlaskClient, db: Database
) -> None:
    body = body_of()
    signature = sign(body, SECRET)
    app = client.application
    answers: list[int] = []

    def deliver() -> None:
        for _ in range(10):
            answers.append(post(app.test_client(), body, signature))

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 50
    assert len(stored(db)) == 1


def test_one_message_id_in_two_kinds_of_event_is_two_events(
    client: FlaskClient, db: Database
) -> None:
    text = body_of()
    receipt = body_of(
        event_name="user_received_message",
        sender={"id": "4100000000000000017"},
        recipient={"id": "7300000000000000421"},
    )
    for body in (text, receipt):
        post(client, body, sign(body, SECRET))
    assert [row.event_name for row in stored(db)] == ["user_send_text", "user_received_message"]
    assert {row.subject for row in stored(db)} == {"7300000000000000421"}


def test_an_oversized_body_is_answered_without_being_read_or_stored(
    client: FlaskClient, db: Database, settings: Settings
) -> None:
    body = body_of(message={"msg_id": "c" * 20, "text": "x" * settings.webhook_max_bytes})
    assert post(client, body, sign(body, SECRET)) == 200
    assert stored(db) == []


def test_an_unknown_event_is_kept_and_counted(client: FlaskClient, db: Database) -> None:
    before = webhook.UNKNOWN._value.get()
    known = body_of()
    body = body_of(event_name="user_invented_something", brand_new={"member": [1, 2]})
    for sent in (known, body):
        assert post(client, sent, sign(sent, SECRET)) == 200
    assert "user_invented_something" in [row.event_name for row in stored(db)]
    assert webhook.UNKNOWN._value.get() == before + 1


def test_without_its_database_the_webhook_says_503_so_that_zalo_comes_again(
    tmp_path: Any, settings: Settings, clock: FixedClock
) -> None:
    empty = Database(f"sqlite:///{tmp_path}/no-tables.db")
    try:
        body = body_of()
        client = client_of(empty, settings, clock)
        assert post(client, body, sign(body, SECRET)) == 503
        empty.create_all()
        assert post(client, body, sign(body, SECRET)) == 200
        assert len(stored(empty)) == 1
    finally:
        empty.dispose()


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda value: json.dumps(value).encode()),
        st.builds(
            lambda name, at, sender: body_of(event_name=name, timestamp=at, sender=sender),
            st.text() | st.none() | st.integers(),
            st.text() | st.integers() | st.none(),
            st.dictionaries(st.text(), st.text() | st.integers()) | st.text(),
        ),
    )
)
def test_whatever_is_signed_the_answer_is_200(client: FlaskClient, body: bytes) -> None:
    for timestamp in ("", "1790000000123"):
        assert post(client, body, sign(body, SECRET, timestamp)) == 200
