"""The command line: one file per group of commands, errors in one line on stderr."""

from service.commands.agencies import agencies
from service.commands.backing import backup, restore
from service.commands.catalogue_views import scans
from service.commands.data import api_key, dossiers, procedures
from service.commands.group import cli
from service.commands.inspect import doctor, routes, understand
from service.commands.operate import events, outbox, privacy
from service.commands.paper import paper, revoke_receipt
from service.commands.people import staff
from service.commands.run import db, demo, serve, web, worker
from service.commands.statistics import statistics
from service.commands.zalo import oa

dossiers.add_command(revoke_receipt)
for command in (
    serve,
    web,
    worker,
    demo,
    db,
    api_key,
    procedures,
    dossiers,
    agencies,
    paper,
    scans,
    oa,
    doctor,
    understand,
    routes,
    events,
    outbox,
    privacy,
    staff,
    statistics,
    backup,
    restore,
):
    cli.add_command(command)

__all__ = ["cli"]
