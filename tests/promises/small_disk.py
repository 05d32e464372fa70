"""A file system of a few megabytes that can be filled and emptied.

Mounted in memory where that is permitted. Elsewhere the processes themselves are limited in how
long a file may become, which the operating system enforces the same way.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_MEGABYTES = 12
_NO_LIMIT = resource.RLIM_INFINITY


class SmallDisk:
    """Where the database lives; ``fill`` and ``free`` act on what runs on it."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self.mounted = mounted
        self._ballast = folder / "ballast"

    def fill(self, pids: Iterable[int]) -> None:
        """From now on not a byte more can be written."""
        if not self.mounted:
            # Shorter than the database and its log are already.
            self._limit(pids, 4096)
            return
        with self._ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            for size in (65536, 4096, 512, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size) == size:
                        pass

    def free(self, pids: Iterable[int]) -> None:
        """There is room again."""
        if self.mounted:
            self._ballast.unlink()
        else:
            self._limit(pids, _NO_LIMIT)

    def _limit(self, pids: Iterable[int], size: int) -> None:
        for pid in pids:
            for one in _with_children(pid):
                resource.prlimit(one, resource.RLIMIT_FSIZE, (size, _NO_LIMIT))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """An empty small disk under ``folder``; unmounted at the end."""
    place = folder / "disk"
    place.mkdir()
    mounted = _mounted(place)
    try:
        yield SmallDisk(place, mounted=mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


def _with_children(pid: int) -> Iterator[int]:
    """The process and all it started: a web server works in children of its own."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _with_children(int(child))


def _mounted(place: Path) -> bool:
    if os.getuid() != 0:
        return False
    options = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(place)]
    return subprocess.run(options, check=False, capture_output=True).returncode == 0
