"""Where the files of the deployment stand, and the machine's own programs that can try them."""

from __future__ import annotations

import shutil
from pathlib import Path

from settings import ROOT

DEPLOY = ROOT / "deploy"
HANDBOOK = ROOT / "docs" / "handbook"
DOMAIN = "zalo.example.gov.vn"


def program(name: str) -> str:
    """The path of a program of the machine, also of those only root has in its path; "" if none."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or ""


def read(name: str) -> str:
    """A file of ``deploy/``."""
    return (DEPLOY / name).read_text("utf-8")


def page(name: str) -> str:
    """A page of the handbook."""
    return (HANDBOOK / name).read_text("utf-8")


def written(path: Path, text: str) -> Path:
    """The file with this text; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
