"""Following the handbook as it is printed: its blocks, typed into bash on a machine in a folder.

Paths of the server become paths below the folder, and what only root can do (packages, users,
owners) is a stand-in; every command of the product is the real one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from settings import ROOT
from tests.deploy.places import page

#: A fence marked ``sh chay`` is run by the tests; ``sh`` alone needs root or the network.
_FENCE = re.compile(r"^```sh( chay)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACES = ("/usr/local/bin/motcua", "/opt/motcua", "/etc/motcua", "/var/lib/motcua")
_STAND_INS = {
    "useradd": 'mkdir -p "{root}/var/lib/motcua"',
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    "install": 'a=(); while (($#)); do case $1 in -o|-g) shift 2;; *) a+=("$1"); shift;; esac; done;'
    ' exec {install} "${{a[@]}}"',
}
#: The packages of the running interpreter in place of a fresh venv.
_SAME_VENV = (
    'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin";'
    " for one in python pip; do printf '#!/bin/sh\\n%s \"$@\"\\n'"
    ' "$([ $one = pip ] && echo true || echo exec {python})" > "$3/bin/$one"; chmod +x "$3/bin/$one";'
    ' done; else exec {python} "$@"; fi'
)


def blocks(name: str, *, runnable: bool = True) -> list[str]:
    """The shell blocks of a page in order: those the tests run, or the others."""
    return [text for mark, text in _FENCE.findall(page(name)) if bool(mark) is runnable]


class Machine:
    """A server in a folder. ``fresh`` makes a real venv from the lock file (network, a minute)."""

    def __init__(self, root: Path, *, fresh: bool) -> None:
        self.root = root
        programs = root / "programs"
        programs.mkdir(parents=True)
        stand_ins = _STAND_INS if fresh else {**_STAND_INS, "python3": _SAME_VENV}
        for name, text in stand_ins.items():
            filled = text.format(
                root=root, install=shutil.which("install"), python=shlex.quote(sys.executable)
            )
            (programs / name).write_text(f"#!/bin/bash\n{filled}\n")
            (programs / name).chmod(0o755)
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("ZALO_", "VIRTUAL_ENV"))}
        self.environment = {
            **bare,
            "PATH": f"{programs}:{root}/usr/local/bin:{os.environ['PATH']}",
            "MOTCUA_HOME": str(root / "opt/motcua/current"),
        }
        for place in _PLACES:
            (root / place[1:]).parent.mkdir(parents=True, exist_ok=True)

    def moved(self, text: str) -> str:
        """The text with the server's paths below our folder."""
        alternatives = "|".join(re.escape(place) for place in _PLACES)
        return re.sub(rf"(?<![\w.])({alternatives})\b", rf"{self.root}\1", text)

    def types(self, block: str, *answers: str, **variables: str) -> str:
        """Paste a block into a root shell and answer its questions; what it printed."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self.moved(block)],
            check=False,
            capture_output=True,
            text=True,
            input="".join(f"{answer}\n" for answer in answers),
            env={**self.environment, **variables},
            cwd=self.root,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def sets(self, **values: str) -> None:
        """Settings of /etc/motcua/motcua.env, as an editor would change them."""
        path = self.root / "etc/motcua/motcua.env"
        text = path.read_text("utf-8")
        for name, value in values.items():
            text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
            assert count == 1, name
        path.write_text(text, "utf-8")

    def unit(self, name: str, **variables: str) -> subprocess.Popen[bytes]:
        """The ExecStart of a unit, where it would run and with its variables."""
        text = self.moved((ROOT / "deploy/systemd" / name).read_text("utf-8"))
        told = dict(re.findall(r"(MOTCUA_[A-Z_]+)=(\S+)", text)) | variables
        found = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)
        where = re.search(r"^WorkingDirectory=(.+)$", text, re.MULTILINE)
        assert found and where
        command = re.sub(r"\$\{(\w+)\}", lambda name: told[name[1]], found[1])
        with (self.root / "unit.log").open("wb") as log:
            return subprocess.Popen(
                shlex.split(command), cwd=where[1], env=self.environment, stderr=log
            )


def repository(folder: Path) -> Path:
    """A repository with the files as they stand now, committed or not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    subprocess.run(["git", "-C", str(folder), "init", "-q"], check=True)
    commit_all(folder, "a copy")
    return folder


def commit_all(folder: Path, words: str) -> None:
    """Commit everything in a repository of a test's own."""
    git = ["git", "-C", str(folder), "-c", "user.name=test", "-c", "user.email=test@example.com"]
    for rest in (["add", "-A"], ["commit", "-q", "-m", words]):
        subprocess.run([*git, *rest], check=True, capture_output=True)
