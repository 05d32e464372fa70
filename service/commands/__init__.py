"""The command line: one file per group of commands, errors in one line on stderr.

A command's file is read when the command is asked for: what stays running (`serve`, the worker)
must not carry the memory of all others.
"""

from __future__ import annotations

import importlib

import click

from service.commands.group import cli

__all__ = ["COMMANDS", "cli"]

#: Name of the command, and the file under ``service/commands/`` with its function.
COMMANDS = {
    "serve": "run.serve",
    "web": "run.web",
    "worker": "run.worker",
    "demo": "run.demo",
    "db": "run.db",
    "api-key": "data.api_key",
    "procedures": "data.procedures",
    "dossiers": "data.dossiers",
    "agencies": "agencies.agencies",
    "print": "paper.paper",
    "scans": "catalogue_views.scans",
    "oa": "zalo.oa",
    "doctor": "inspect.doctor",
    "understand": "inspect.understand",
    "routes": "inspect.routes",
    "events": "operate.events",
    "outbox": "operate.outbox",
    "privacy": "operate.privacy",
    "staff": "people.staff",
    "statistics": "statistics.statistics",
}


def load(name: str) -> click.Command:
    """The command of this name; ``KeyError`` when there is none."""
    file, function = COMMANDS[name].split(".")
    found: click.Command = getattr(importlib.import_module(f"service.commands.{file}"), function)
    return found


cli.offer(COMMANDS, load)
