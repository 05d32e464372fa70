"""The whole system over real HTTP: local Zalo, web server, worker, one-stop software's API calls."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from werkzeug.serving import make_server

from clock import SystemClock
from sandbox.server import Running, running
from service.demo import ZBS_TEMPLATES
from service.web import build
from service.worker import Worker
from settings import Settings
from store import api_keys
from store.engine import Database

#: Long enough for a slow machine; every wait ends as soon as what it waits for is there.
PATIENCE = 30


@dataclass
class Citizen:
    """One person of the local Zalo, driven through its control API."""

    zalo: str
    uid: str
    seen: int = 0

    def do(self, action: str, **order: Any) -> Any:
        """Act: follow, text, press, form, unfollow ..."""
        answer = requests.post(f"{self.zalo}/_control/people/{self.uid}/{action}", json=order)
        answer.raise_for_status()
        return answer.json()

    def say(self, text: str) -> None:
        """Type a message."""
        self.do("text", text=text)

    def press(self, payload: str) -> None:
        """Press a button: its payload arrives as a message (protocol 1.8)."""
        self.do("text", text=payload, hidden=True)

    def hears(self, *fragments: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for ``count`` new messages of the OA; each fragment must be in one of them."""
        query = f"after={self.seen}&wait={PATIENCE}&from=oa&count={count}"
        answer = requests.get(f"{self.zalo}/_control/people/{self.uid}/chat?{query}").json()
        messages: list[dict[str, Any]] = answer["messages"]
        assert len(messages) >= count, f"only {len(messages)} messages came"
        self.seen = answer["next"]
        text = "\n".join(str(message) for message in messages)
        for fragment in fragments:
            assert fragment in text, f"{fragment!r} is not in {text}"
        return messages

    def hears_until(self, fragment: str) -> str:
        """Read new messages of the OA until one holds ``fragment``; answers all their text."""
        heard = ""
        for _ in range(12):
            heard += "\n".join(str(message) for message in self.hears())
            if fragment in heard:
                return heard
        raise AssertionError(f"{fragment!r} never came: {heard}")


@dataclass
class Town:
    """Everything that runs, and the key of its one-stop software."""

    sandbox: Running
    settings: Settings
    database: Database
    url: str
    key: str
    worker: Worker | None = None

    def citizen(self, name: str, phone: str, **more: Any) -> Citizen:
        """A new person with a phone."""
        order = {"name": name, "phone": phone, **more}
        answer = requests.post(f"{self.sandbox.url}/_control/people", json=order)
        answer.raise_for_status()
        return Citizen(self.sandbox.url, answer.json()["id"])

    def push(self, path: str, body: Any) -> dict[str, Any]:
        """What the one-stop software posts; its first result."""
        answer = requests.post(
            f"{self.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["results"][0]
        assert result["status"] != "error", result
        return result

    def dossier(self, code: str) -> dict[str, Any]:
        """The dossier as the API shows it."""
        answer = requests.get(
            f"{self.url}/api/v1/dossiers/{code}", headers={"Authorization": f"Bearer {self.key}"}
        )
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def settled(self, code: str) -> dict[str, Any]:
        """The dossier once none of its messages waits for its result any more."""
        for _ in range(PATIENCE * 10):
            shown = self.dossier(code)
            fates = [n for e in shown["events"] for n in e["notifications"]]
            if all(fate["state"] not in ("queued", "leased", "uncertain") for fate in fates):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"messages still wait: {fates}")

    def start_worker(self) -> None:
        """Start the worker inside this process."""
        self.worker = Worker(self.database, self.settings, SystemClock())
        self.worker.start()

    def stop_worker(self) -> None:
        """Stop it, if it runs."""
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(sandbox: Running, web: str, database_url: str) -> Settings:
    """Settings of a province whose Zalo is the sandbox."""
    return Settings(
        _env_file=None,
        environment="test",
        database_url=database_url,
        public_url=web,
        secret_key=SecretStr("test-secret-key-of-32-characters!!"),
        zalo_app_id=sandbox.config.app_id,
        zalo_app_secret=SecretStr(sandbox.config.app_secret),
        zalo_oa_id=sandbox.config.oa_id,
        zalo_oa_secret_key=SecretStr(sandbox.config.oa_secret),
        zalo_openapi_url=sandbox.url,
        zalo_oauth_url=sandbox.url,
        zalo_business_url=sandbox.url,
        zalo_access_token=SecretStr("test-access"),
        zalo_refresh_token=SecretStr("test-refresh"),
        zalo_rate_per_minute=2000,
        zbs_templates=ZBS_TEMPLATES,
        zbs_night_rule=False,
        hotline="1900 0000",
        uncertain_pause_seconds=1,
        lease_seconds=5,
        receipt_wait_seconds=1,
        photo_hosts=(sandbox.url.removeprefix("http://"),),
    )


@contextlib.contextmanager
def town_of(database_url: str, *, worker: bool = True, **changes: Any) -> Iterator[Town]:
    """Everything started on free ports, with these settings changed; stopped in reverse."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(f"{url}/webhook/zalo", rate_oa=2000) as sandbox:
        settings = settings_for(sandbox, url, database_url).model_copy(update=changes)
        database = Database(database_url)
        with database.write() as session:
            key = api_keys.create(session, "motcua", api_keys.SCOPES, SystemClock().now())
        server = make_server("127.0.0.1", port, build(settings, database, SystemClock()), True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        town = Town(sandbox, settings, database, url, key)
        try:
            if worker:
                town.start_worker()
            yield town
        finally:
            town.stop_worker()
            server.shutdown()
            thread.join()
            server.server_close()
            database.dispose()


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    """A running town over a fresh database; once on SQLite, once on PostgreSQL."""
    with town_of(database_url) as started:
        yield started
