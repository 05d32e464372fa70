"""A one-stop software that calls the ingest API of a real application over a real database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import func, select
from werkzeug.test import TestResponse

from clock import FixedClock
from store.engine import Database

CODE = "000.00.04.H60-230215-0028"


@dataclass
class Office:
    """A one-stop software with a key."""

    app: Flask
    db: Database
    key: str
    clock: FixedClock

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        given_headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return self.client.open(f"/api/v1/{path}", method=method, headers=given_headers, **more)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.call("POST", path, json=body, headers=headers)

    def count(self, table: type[Any]) -> int:
        with self.db.read() as session:
            return session.exec(select(func.count()).select_from(table)).one()

    def event(self, number: int = 1, state: int = 2, **more: Any) -> dict[str, Any]:
        return {
            "MaSuKien": f"e{number}",
            "MaHoSo": CODE,
            "TrangThai": state,
            "ThoiDiemXuLy": self.clock.now().isoformat(),
            **more,
        }


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == status
    assert document["detail"]
    return document
