"""Asks for known weaknesses of the locked packages (pip-audit, in an environment of its own).

Ends with 1 when one is known, with 0 when none is, and with 0 and a plain word when nobody could
be asked: a missing network must not stop a build, and must not look like a good answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "audit"
TOOL = "pip-audit>=2.9,<3"
SECONDS = 180
#: Weaknesses that do not touch us: their ids, each with the reason. None so far.
ACCEPTED: dict[str, str] = {}


def main() -> int:
    """The exit status."""
    try:
        told = _asked()
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        return _unasked(type(error).__name__)
    found, skipped = [], []
    for package in told.get("dependencies", []):
        if "skip_reason" in package:
            skipped.append(package["name"])
        for one in package.get("vulns", []):
            if one["id"] not in ACCEPTED:
                fixed = ", ".join(one.get("fix_versions", [])) or "none yet"
                found.append(
                    f"{package['name']} {package['version']}: {one['id']}, mended in {fixed}"
                )
    total = len(told.get("dependencies", []))
    for line in found:
        print(f"audit: {line}")
    if skipped:
        _unasked(f"{len(skipped)} of {total} packages are unknown to the index that answers here")
    print(f"audit: {total - len(skipped)} of {total} packages asked for, {len(found)} weaknesses")
    return 1 if found else 0


def _asked() -> dict[str, object]:
    """What pip-audit says of requirements.txt, as JSON."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    quiet = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--retries",
        "1",
        "--timeout",
        "20",
        TOOL,
    ]
    subprocess.run(quiet, check=True, timeout=SECONDS, capture_output=True)
    ask = [str(python), "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    ask += ["--progress-spinner", "off", "--timeout", "20", "-r", str(ROOT / "requirements.txt")]
    # It ends with 1 both for a weakness and for a failure; only what it printed tells which.
    answer = subprocess.run(ask, check=False, timeout=SECONDS, capture_output=True, text=True)
    told: dict[str, object] = json.loads(answer.stdout)
    return told


def _unasked(why: str) -> int:
    print(f"audit: NOT DONE ({why}): run make audit where the package index can be reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
