"""The page of ZBS templates: what is handed in to Zalo, and the setting that goes with it, agree."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from content import zbs
from notify.templates import facts_of, unusable
from sandbox.zbs_templates import Parameter, Template
from settings import Settings
from tests.deploy.following import Machine, blocks
from tests.deploy.places import page

#: Largest values of Zalo's parameter types (protocol 5.3), by number.
LIMITS = {1: 30, 4: 30, 5: 30, 6: 30, 9: 200, 12: 10}


@dataclass
class Printed:
    """One template of the page: its kinds, its parts in order, its parameters' types by name."""

    kinds: list[str]
    parts: list[tuple[str, str]]
    types: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)


def printed() -> dict[str, Printed]:
    """The templates of the page by number."""
    found = {}
    for chapter in page("mau-zbs.md").split("\n## Mẫu ")[1:]:
        heading, _, rest = chapter.partition("\n")
        text = re.search(r"```text\n(.*?)```", rest, re.DOTALL)
        assert text, heading
        made = Printed(
            re.findall(r"`(\w+)`", heading),
            re.findall(r"^\[(.+?)\] (.+)$", text[1], re.MULTILINE),
        )
        row = r"^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \|$"
        for name, kind, limit, sample in re.findall(row, rest, re.MULTILINE):
            made.types[name], made.limits[name] = int(kind), int(limit)
            made.samples[name] = sample
        found[heading[:2]] = made
    return found


@pytest.fixture
def pasted(tmp_path: Path) -> Settings:
    """The settings after an officer pasted the page's blocks and typed eleven ids."""
    machine = Machine(tmp_path, fresh=False)
    env = tmp_path / "etc/motcua/motcua.env"
    env.parent.mkdir(parents=True)
    env.write_text("OA_NAME=OA mẫu\nZBS_TEMPLATES={}\nLOG_LEVEL=INFO\n")
    write, ask, join = blocks("mau-zbs.md")
    machine.types(write)
    machine.types(ask, *(f"5000{number:02}" for number in range(1, 12)))
    machine.types(join)
    return Settings(_env_file=env, environment="test")  # type: ignore[call-arg]


def test_every_kind_has_a_template_and_none_is_unusable(pasted: Settings) -> None:
    assert set(pasted.zbs_templates) == set(zbs.KINDS)
    assert unusable(pasted) == []
    assert (pasted.oa_name, pasted.log_level) == ("OA mẫu", "INFO")
    of_kind = {kind: number for number, one in printed().items() for kind in one.kinds}
    assert {kind: chosen["template_id"] for kind, chosen in pasted.zbs_templates.items()} == {
        kind: f"5000{number}" for kind, number in of_kind.items()
    }


def test_what_was_left_empty_is_left_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path, fresh=False)
    env = tmp_path / "etc/motcua/motcua.env"
    env.parent.mkdir(parents=True)
    env.write_text("ZBS_TEMPLATES={}\n")
    write, ask, join = blocks("mau-zbs.md")
    machine.types(write)
    machine.types(ask, "1", *[""] * 10)
    machine.types(join)
    assert json.loads(env.read_text().partition("=")[2]) == {
        "otp": {"template_id": "1", "params": {"otp": "{otp}"}}
    }


def test_the_setting_fills_exactly_the_parameters_handed_in(pasted: Settings) -> None:
    for number, one in printed().items():
        known = Template(
            id=number,
            name=f"mau {number}",
            params=[
                Parameter(name=name, max_length=limit, type="OTP" if kind == 12 else "STRING")
                for (name, limit), kind in zip(one.limits.items(), one.types.values(), strict=True)
            ],
        )
        for kind in one.kinds:
            chosen = pasted.zbs_templates[kind]
            params = chosen["params"]
            assert isinstance(params, dict)
            assert set(params) == set(one.types), kind
            # Sample facts, cut as at sending, are accepted by the local Zalo's own check.
            known.checked(zbs.sample(chosen, kind, pasted))
            longest = dict.fromkeys(facts_of(kind), "x" * 500)
            made = zbs.as_template(kind, longest, None, "t", pasted)
            assert made is not None
            for name, value in made.data.items():
                assert kind == "otp" or len(value) <= one.limits[name], (kind, name)


def test_the_texts_keep_zalos_limits() -> None:
    """Protocol 5.3: lengths of title, paragraph, table, buttons; filled with the longest values."""
    templates = printed()
    assert [*templates] == [f"{number:02}" for number in range(1, 12)]
    for number, one in templates.items():
        assert all(one.limits[name] == LIMITS[kind] for name, kind in one.types.items()), number
        assert all(len(one.samples[name]) <= limit for name, limit in one.limits.items()), number
        used = set(re.findall(r"<(\w+)>", " ".join(text for _, text in one.parts)))
        assert used == set(one.types), number
        _keeps_limits(number, one)


def _keeps_limits(number: str, one: Printed) -> None:
    def filled(text: str) -> int:
        return len(re.sub(r"<(\w+)>", lambda name: "x" * one.limits[name[1]], text))

    parts: dict[str, list[str]] = {}
    for kind, text in one.parts:
        parts.setdefault(kind, []).append(text)
    (title,) = parts["Tiêu đề"]
    assert 9 <= len(title) <= 65
    for paragraph in parts.get("Đoạn", []):
        assert 9 <= filled(paragraph) <= 400, (number, paragraph)
        assert paragraph.count("<") <= 10
    rows = [row.partition(": ") for row in parts.get("Bảng", [])]
    assert not rows or 2 <= len(rows) <= 8, number
    for label, _, value in rows:
        assert 3 <= len(label) <= 36 and 3 <= filled(value) <= 90, (number, label)
    buttons = [text.partition("): ")[2] for text in parts.get("Nút", [])]
    assert len(buttons) <= 2 and all(5 <= len(button) <= 30 for button in buttons), number
