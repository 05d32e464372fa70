"""``make bench``: run every measurement, or those named, and print one table."""

from __future__ import annotations

import importlib
import sys

ALL = ("webhook", "latency", "sender", "search", "paper", "overview", "console", "broadcast")


def main() -> None:
    """Print the rows of each benchmark as it ends."""
    print(f"{'line':4} {'what':44} numbers")
    for name in sys.argv[1:] or ALL:
        for line, what, numbers in importlib.import_module(f"bench.{name}").run():
            print(f"{line:4} {what:44} {numbers}", flush=True)


if __name__ == "__main__":
    main()
