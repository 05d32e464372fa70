"""The webhook's signature: the vector of the protocol, its variants, and what must not verify."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.members import NotJson, read_object
from bot.signature import Verified, body_timestamp, verify

APP, SECRET = "1122334455667788990", "k9Xw2QpLz7RtVb4NcMhA"
BODY = (
    '{"app_id":"1122334455667788990","user_id_by_app":"5600000000000000938",'
    '"event_name":"user_send_text","timestamp":"1790000000123",'
    '"sender":{"id":"7300000000000000421"},"recipient":{"id":"4100000000000000017"},'
    '"message":{"msg_id":"a1b2c3d4e5f60718293a","text":"Chào phường"}}'
).encode()
MAC = "5e1802a97e7378af07ef4f5a5f237b8e63b16f95c11e63ed5a087cbc8d8f64a3"


def printed(body):
    """The timestamp of a raw body, as the webhook finds it."""
    try:
        return body_timestamp(read_object(body))
    except NotJson:
        return body_timestamp(None)


def check(
    body=BODY, header="mac=" + MAC, app_id=APP, secrets=(SECRET,), stamp="body", header_stamp=None
):
    stamp = printed(body) if stamp == "body" else stamp
    return verify(
        body,
        header,
        app_id=app_id,
        secrets=secrets,
        body_timestamp=stamp,
        header_timestamp=header_stamp,
    )


def test_the_vector_of_the_protocol_verifies():
    assert check() == Verified(prefix=True, timestamp="body", secret=0)


def test_a_bare_mac_verifies_and_says_so():
    assert check(header=MAC) == Verified(prefix=False, timestamp="body", secret=0)
    assert check(header=f" mac={MAC.upper()} ") is not None


def test_the_header_timestamp_is_the_second_try():
    assert check(stamp=None, header_stamp="1790000000123") == Verified(True, "header", 0)
    assert check(stamp="1", header_stamp="1790000000123") == Verified(True, "header", 0)


def test_the_second_secret_verifies_during_a_rotation():
    assert check(secrets=("new", SECRET)) == Verified(True, "body", 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"header": None},
        {"header": ""},
        {"header": "mac="},
        {"header": "mac=" + MAC[:-1]},
        {"header": "mac=" + MAC[:-1] + "0"},
        {"header": "mac=" + MAC + "\u0661"},
        {"body": BODY + b" "},
        {"app_id": ""},
        {"app_id": "4100000000000000017"},
        {"secrets": ()},
        {"secrets": ("other",)},
        {"stamp": None},
        {"stamp": "1790000000124"},
    ],
)
def test_anything_changed_does_not_verify(changed):
    assert check(**changed) is None


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_secret_fails_closed(empty):
    forged = hashlib.sha256(APP.encode() + BODY + b"1790000000123" + empty.encode()).hexdigest()
    assert check(header=forged, secrets=(empty,)) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"timestamp":"1790000000123"}', "1790000000123"),
        (b'{"timestamp":1790000000123}', "1790000000123"),
        (b'{"a":{"timestamp":"1"},"timestamp" : 1.790e12}', "1.790e12"),
        (b'{"timestamp":null}', None),
        (b'{"timestamp":{"a":1}}', None),
        (b'{"timestamp":"1 2"}', None),
        (b"{}", None),
        (b"not json", None),
        (b'["timestamp"]', None),
    ],
)
def test_the_timestamp_is_taken_as_printed(raw, expected):
    assert printed(raw) == expected


@given(st.binary(max_size=80), st.text(max_size=80), st.text(max_size=10))
def test_no_input_raises(body, header, stamp):
    assert check(body, header, header_stamp=stamp) is None
