"""States of a dossier under one roof: national codes, the progress line, the fold over events."""

from dossiers.national import FINAL, NEEDS_REASON, from_national, national
from dossiers.progress import STEPS, Mark, Progress, Step, progress
from dossiers.replay import DossierFacts, EventFacts, Pause, replay
from store.tables.dossiers import State

__all__ = [
    "FINAL",
    "NEEDS_REASON",
    "STEPS",
    "DossierFacts",
    "EventFacts",
    "Mark",
    "Pause",
    "Progress",
    "State",
    "Step",
    "from_national",
    "national",
    "progress",
    "replay",
]
