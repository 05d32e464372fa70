"""The files of a deployment, read as their programs read them: limits, users, secrets, versions."""

from __future__ import annotations

import configparser
import fnmatch
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from console.procedures.importing import _LARGEST as LARGEST_UPLOAD
from settings import ROOT, Settings
from tests.deploy.places import DEPLOY, program, read

UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())
SERVICES = [name for name in UNITS if name.endswith(".service")]
#: Without one of these a unit could touch more than its data.
HARDENED = {
    "NoNewPrivileges": "true",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "PrivateDevices": "true",
    "MemoryDenyWriteExecute": "true",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "CapabilityBoundingSet": "",
    "User": "motcua",
    "UMask": "0077",
}


def unit(name: str) -> configparser.ConfigParser:
    """A unit's sections; of repeated keys the last."""
    parsed = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read_string(read(f"systemd/{name}"))
    return parsed


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_touch_its_data_and_nothing_else(name: str) -> None:
    service = unit(name)["Service"]
    for key, value in HARDENED.items():
        assert service[key] == value, key
    assert {Path(place.lstrip("-")).parent for place in service["ReadWritePaths"].split()} <= {
        Path("/var/lib"),
        Path("/var/backups"),
    }
    assert re.fullmatch(r"\d+[MG]", service["MemoryMax"])
    if service["Type"] != "oneshot":
        assert service["Restart"] == "always"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_a_command_that_exists(name: str) -> None:
    """With options it has."""
    from service.commands import load

    words = shlex.split(unit(name)["Service"]["ExecStart"])
    assert words[:2] == ["/opt/motcua/current/.venv/bin/python", "app.py"]
    options = {option for one in load(words[2]).params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_systemd_itself_reads_the_units(tmp_path: Path) -> None:
    """Where systemd is there it judges them; elsewhere they were read above."""
    judge = program("systemd-analyze")
    for name in UNITS if judge else ():
        text = read(f"systemd/{name}").replace(
            "/opt/motcua/current/.venv/bin/python", "/usr/bin/env"
        )
        (tmp_path / name).write_text(text)
    for name in UNITS if judge else ():
        path = tmp_path / name.replace("@", "@1")
        path.write_text((tmp_path / name).read_text())
        told = subprocess.run(
            [judge, "verify", "--man=no", str(path)], check=False, capture_output=True, text=True
        )
        about = [line for line in told.stderr.splitlines() if path.name in line]
        assert not about, about


def megabytes(text: str) -> int:
    """nginx's and Caddy's sizes in bytes."""
    number, unit_of = re.fullmatch(r"(\d+)([a-zA-Z]+)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"k": 1024, "m": 1024**2}[unit_of[0].lower()]


def test_the_front_takes_what_the_product_takes_and_little_more() -> None:
    known = Settings(_env_file=None)  # type: ignore[call-arg]
    product = {
        "webhook": known.webhook_max_bytes,
        "api": max(known.api_max_bytes, known.receipt_max_bytes),
        "console": LARGEST_UPLOAD,
    }
    nginx = {
        part: megabytes(found[1])
        for part in product
        if (
            found := re.search(
                rf"location =? ?/{part}\S* \{{\s+client_max_body_size (\w+);", _site()
            )
        )
    }
    caddy = {
        part: megabytes(size)
        for part, size in re.findall(
            r"request_body @(\w+) \{\s+max_size (\w+)", read("caddy/Caddyfile")
        )
    }
    for part, most in product.items():
        for front in (nginx, caddy):
            assert most <= front[part] <= most * 4 + 1024, part


def _site() -> str:
    return read("nginx/motcua.conf")


def test_nginx_is_told_what_the_product_relies_on() -> None:
    """Read from the text, so that it also holds where no nginx is there to try it."""
    site = _site()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in site  # TRUSTED_PROXIES=1
    assert "$proxy_add_x_forwarded_for" not in site
    assert site.count("underscores_in_headers on;") == 2  # num_retry
    assert not re.search(r"\$request\b|\$request_uri\s|\$args|\$http_", site.split("server {")[0])
    assert set(re.findall(r"error_log \S+ (\w+);", site)) == {"crit"}
    hidden = re.search(r"location ~ \^/\(metrics\|readyz\)\$ \{(.*?)\}", site, re.DOTALL)
    assert hidden and "deny all;" in hidden[1]
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in site
    webhook = re.search(r"location = /webhook/zalo \{(.*?)\}", site, re.DOTALL)
    assert webhook and "proxy_request_buffering" not in webhook[1] and "limit_req" not in webhook[1]


def test_caddys_logs_name_places_only() -> None:
    pattern = re.search(r'request>uri regexp "(.+)" "\$1"', read("caddy/Caddyfile"))
    assert pattern
    for address, place in {
        "/h/Zk3vQ9xT0aSecret": "/h",
        "/h/Zk3vQ9xT0aSecret/phieu?so=1": "/h",
        "/oa/callback?code=abc": "/oa",
        "/api/v1/dossiers/000.00.04.H60-230215-0028": "/api/v1/dossiers",
        "/console/ho-so?q=0900000001": "/console/ho-so",
        "/console/": "/console",
        "/Zk3vQ9xT0aSecret": "",
        "/": "",
    }.items():
        assert re.sub(pattern[1], r"\1", address) == place
    assert read("caddy/Caddyfile").count("import without_addresses") == 2


# Containers


def compose() -> dict[str, dict[str, object]]:
    """The services of the compose file."""
    services: dict[str, dict[str, object]] = yaml.safe_load(read("compose.yml"))["services"]
    return services


def test_containers_start_in_order_and_without_rights() -> None:
    services = compose()
    assert services["migrate"]["command"] == ["db", "upgrade"]
    done = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["web"]["depends_on"] == services["worker"]["depends_on"] == done
    assert services["worker"]["deploy"] == {"replicas": 2}
    for name in ("migrate", "web", "worker"):
        one = services[name]
        assert (one["cap_drop"], one["read_only"]) == (["ALL"], True)
        assert one["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in services["web"] and "ports" not in services["postgres"]
    assert "secret" not in read("compose.yml").lower()


def test_the_settings_of_the_containers_are_settings_of_ours() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name in ("migrate", "web", "worker"):
        told = compose()[name]["environment"]
        assert isinstance(told, dict) and set(told) <= known
        assert re.fullmatch(
            r"postgresql\+psycopg://motcua:\$\{.+\}@postgres/motcua", told["DATABASE_URL"]
        )


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    joined = read("Dockerfile").replace("\\\n", " ")
    return re.findall(r"^([A-Z]+) (.+)$", joined, re.MULTILINE)


def test_the_image_is_built_by_hash_and_runs_as_nobody_special() -> None:
    steps = instructions()
    assert [word for word, _ in steps].count("FROM") == 2
    pip = next(text for word, text in steps if word == "RUN" and "pip install" in text)
    assert "--require-hashes" in pip and "--only-binary :all:" in pip
    users = [text for word, text in steps if word == "USER"]
    assert users == ["motcua"]
    start = {word: json.loads(text) for word, text in steps if word in ("ENTRYPOINT", "CMD")}
    assert start["ENTRYPOINT"] == [".venv/bin/python", "app.py"]
    assert start["CMD"][0] == "serve"
    health = next(text for word, text in steps if word == "HEALTHCHECK")
    assert "/healthz" in json.loads(health.partition("CMD ")[2])[2]


def test_nothing_secret_or_superfluous_goes_into_the_image() -> None:
    patterns = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in "#"
    ]

    def left_out(path: str) -> bool:
        out = False
        for pattern in patterns:
            plain = pattern.lstrip("!").removeprefix("**/")
            parts = path.split("/")
            hit = fnmatch.fnmatch(path, plain) or fnmatch.fnmatch(parts[0], plain)
            if hit or (pattern.startswith("**/") and fnmatch.fnmatch(parts[-1], plain)):
                out = not pattern.startswith("!")
        return out

    for path in (".env", ".env.local", ".git/config", "var/motcua.db", "tests/conftest.py"):
        assert left_out(path), path
    for path in (".env.example", "app.py", "data/procedures.json", "requirements.txt", "wording/x"):
        assert not left_out(path), path


def test_the_image_can_copy_the_database_of_the_compose_file() -> None:
    # Debian 12's client is version 15: an older one refuses to copy a newer server.
    assert compose()["postgres"]["image"] == "postgres:15-bookworm"
    assert "FROM python:3.11-slim-bookworm\n" in read("Dockerfile")
    assert "backups:/var/backups/motcua" in str(compose()["backup"]["volumes"])


@pytest.mark.parametrize(
    ("number", "known", "expected"),
    [("0", "true", "-u motcua"), ("0", "false", ""), ("7", "true", "")],
)
def test_root_runs_commands_as_the_products_own_user(
    tmp_path: Path, number: str, known: str, expected: str
) -> None:
    programs = {
        "id": f'if [ "$1" = -u ]; then echo {number}; else {known}; fi',
        "runuser": 'echo "as $*"',
    }
    for name, words in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "plain $*"\n')
    python.chmod(0o755)
    said = subprocess.run(
        ["sh", str(DEPLOY / "motcua"), "doctor"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "MOTCUA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith(f"as {expected}" if expected else "plain app.py doctor")
