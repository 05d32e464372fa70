"""What is documented exists and the other way round; the command line starts and stops."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import requests

from sandbox.config import SandboxConfig
from sandbox.faults import KINDS
from sandbox.server import create_app
from sandbox.switches import Switches
from sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "sandbox.md").read_text("utf-8")


def test_every_control_address_switch_and_fault_is_documented() -> None:
    world = World(SandboxConfig())
    app = create_app(world)
    world.close()
    rules = {r.rule for r in app.url_map.iter_rules() if r.rule.startswith("/_control")}
    missing = {rule for rule in rules if f"{rule}`" not in DOCS}
    assert missing == set()
    assert [name for name in Switches.model_fields if f"`{name}`" not in DOCS] == []
    assert [kind for kind in KINDS if f"`{kind}`" not in DOCS] == []


def test_every_option_of_the_command_is_documented() -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = set(re.findall(r"--[a-z-]+", help_text)) - {"--help"}
    assert {name for name in options if name not in DOCS} == set()


def test_the_command_serves_until_it_is_asked_to_stop() -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "sandbox", "--port", "0"),
            *("--access-token", "a", "--refresh-token", "r"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = re.findall(r"http://[0-9.:]+", line)[0]
    answer = requests.get(url + "/v2.0/oa/getoa", headers={"access_token": "a"}, timeout=10)
    assert answer.json()["error"] == 0
    with requests.get(url + "/_control/stream", stream=True, timeout=10):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    process.stdout.close()


def test_a_taken_port_is_one_clear_line() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = subprocess.run(
            [sys.executable, "-m", "sandbox", "--port", str(taken.getsockname()[1])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert run.returncode != 0
    assert len(run.stderr.strip().splitlines()) == 1
