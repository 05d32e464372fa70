"""What announcements are about; citizens choose in the chat which topics reach them.

The words stand in the catalogue under ``topic.<key>``, where staff may change them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. Without a word of the follower ``wanted`` counts."""

    key: str
    wanted: bool = True


TOPICS = (
    Topic("procedures"),
    Topic("hours"),
    Topic("services"),
    Topic("local"),
    Topic("survey", wanted=False),
    Topic("disaster"),
)
BY_KEY = {topic.key: topic for topic in TOPICS}
#: What an urgent announcement is about; only all-round silence switches it off.
URGENT = "disaster"
