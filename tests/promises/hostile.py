"""Bodies, values and addresses nobody means well with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

DEEP = 100_000
#: Whole bodies of any address that expects JSON.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \r\n",
    "NUL": b"\0",
    "NUL bytes": b"\0" * 5000,
    "invalid UTF-8": b'{"event_name": "\xff\xfe\xc0\xaf"}',
    "half a letter": b'{"event_name": "user_send_text", "x": "\xe1\xba',
    "UTF-16": '{"event_name": "user_send_text"}'.encode("utf-16"),
    "cut off": b'{"event_name": "user_send_text", "sender": {"id": "7',
    "a lone surrogate": b'{"event_name": "\\ud800", "MaHoSo": "\\udfff"}',
    "an escaped NUL": b'{"event_name": "a\\u0000b", "MaHoSo": "\\u0000"}',
    "null": b"null",
    "true": b"true",
    "a number": b"-0.1e5",
    "a string": b'"user_send_text"',
    "an empty list": b"[]",
    "a list of odd things": b'[null, true, 1, "x", [], {}, [[[]]]]',
    "an empty object": b"{}",
    "NaN": b'{"timestamp": NaN, "TrangThai": Infinity, "x": -Infinity}',
    "a number of 5000 digits": b'{"timestamp": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"timestamp": 1e400, "TrangThai": 1e999999}',
    "lists nested deep": b"[" * DEEP + b"]" * DEEP,
    "objects nested deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a list in a member nested deep": b'{"message":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "nested beneath the limit": b'{"a":' * 30 + b"1" + b"}" * 30,
    "the same member twice": b'{"event_name": "follow", "event_name": {"a": 1}}',
    "a huge string": b'{"event_name": "' + b"x" * 200_000 + b'"}',
    "a huge name": b'{"' + b"x" * 200_000 + b'": 1}',
    "10,000 members": json.dumps({f"m{n}": n for n in range(10_000)}).encode(),
    "beyond every limit": b'{"x": "' + b"y" * 6_000_000 + b'"}',
    "a form": b"event_name=user_send_text&MaHoSo=1",
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "a PDF": b"%PDF-1.7\n\0\xff",
    "zip": b"PK\x03\x04" + bytes(range(256)),
}
#: In place of one member of something that is otherwise right.
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus one": -1,
    "beyond 64 bits": 2**80,
    "a fraction": 1.5,
    "empty": "",
    "a blank": " \u00a0\u200b",
    "NUL": "a\0b",
    "a lone surrogate": "\ud800",
    "right to left": "\u202e\u2066abc",
    "a long word": "x" * 20_000,
    "SQL": "'; DROP TABLE outbox; --",
    "a template": "{{ 7*7 }} ${7*7} %s %(a)s {0.__class__}",
    "a path": "../../etc/passwd",
    "a date that is none": "2026-02-30T25:61:61+99:99",
    "the year 0": "0000-00-00",
    "the year 9999": "9999-12-31T23:59:59-14:00",
    "a list": [1, [2, [3]]],
    "a list with NUL": ["a\0b", "\ud800"],
    "a list of objects with NUL": [{"kind": "query", "title": "\0", "value": "a\0b\ud800"}],
    "an object": {"id": {"id": {"id": []}}},
    "a long list": list(range(3000)),
}
#: One part of an address, as it stands on the wire.
PARTS = (
    "%00",
    "%FF%FE",
    "%C0%AF",
    "%ED%A0%80",
    "..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%5c",
    "a" * 5000,
    "%F0%9F%92%A9" * 50,
    "%27%20OR%201=1--",
    "%7B%7B7*7%7D%7D",
    "%0d%0aSet-Cookie:%20a=b",
    "-1",
    "99999999999999999999999999",
    "000.00.04.H60-230215-0028%00",
    "NaN",
    ".",
    "%20",
)


def with_each_wrong(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with each of its members, at any depth, replaced by each value, or missing."""
    for path in _paths(document):
        name = ".".join(map(str, path))
        yield f"{name} is missing", _changed(document, path)
        for kind, value in VALUES.items():
            yield f"{name} is {kind}", _changed(document, path, value)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    for name, member in inner:
        yield (*at, name)
        yield from _paths(member, (*at, name))


def _changed(document: dict[str, Any], path: tuple[Any, ...], *value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(document))
    holder = made
    for name in path[:-1]:
        holder = holder[name]
    if value:
        holder[path[-1]] = value[0]
    else:
        del holder[path[-1]]
    return made
