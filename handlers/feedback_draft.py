"""A feedback while it is being written: what is known, what was answered, what comes next."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields

from bot.routing import Context

FLOW = "feedback"
#: In the order they are asked; "review" stands behind the last.
STEPS = ("kind", "text", "place", "files", "dossier", "name", "phone")
REVIEW = "review"
#: Kinds that may be about somebody's dossier.
_ABOUT_DOSSIERS = ("service", "procedure", "other")
MOST_FILES = 5
SHORTEST = 12


@dataclass
class Draft:
    """Everything gathered so far; lives in the conversation and dies with it."""

    kind: str = ""
    text: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    #: Ids of `FeedbackFile` rows without a feedback.
    files: list[int] = field(default_factory=list)
    dossier: str = ""
    name: str = ""
    phone: str = ""
    #: Steps answered, in the order they were: the way back.
    done: list[str] = field(default_factory=list)
    #: One answer is being changed; then back to the review.
    editing: bool = False
    #: The next text replaces the old one.
    rewrite: bool = False
    #: A text that speaks of khiếu nại or tố cáo, until its writer says it is neither.
    pending: str = ""
    cleared: bool = False

    @property
    def begun(self) -> bool:
        """Whether anything is known that would be lost."""
        return bool(self.kind or self.text or self.files or self.latitude is not None)

    @property
    def enough(self) -> bool:
        """Whether an officer can make something of the text."""
        return len(self.text) >= SHORTEST

    def next_step(self) -> str:
        """The first step that is still to be asked."""
        if self.editing:
            return REVIEW
        return next((s for s in STEPS if s not in self.done and self._asked(s)), REVIEW)

    def _asked(self, step: str) -> bool:
        match step:
            case "kind":
                return not self.kind
            case "place":
                known = bool(self.place) or self.latitude is not None
                return not known and self.kind != "suggestion"
            case "files":
                return not self.files
            case "dossier":
                return not self.dossier and self.kind in _ABOUT_DOSSIERS
        return True

    def answered(self, step: str) -> None:
        """Note a step as answered."""
        if step in STEPS and not self.editing:
            self.done = [one for one in self.done if one != step] + [step]


_NAMES = tuple(one.name for one in fields(Draft))


def draft_of(context: Context) -> Draft | None:
    """The feedback this chat is writing; None when it writes none."""
    chat = context.conversation
    if chat.flow != FLOW or chat.step not in (*STEPS, REVIEW, "edit", "complaint"):
        return None
    # Copied: a list changed in place would look unchanged to the database.
    data = deepcopy(chat.data)
    return Draft(**{name: data[name] for name in _NAMES if name in data})


def keep(context: Context, draft: Draft, step: str) -> None:
    """Remember the draft and what the next message answers."""
    context.expect(FLOW, step, **asdict(draft))
