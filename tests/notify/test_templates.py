"""Messages as ZBS templates: parameters from facts, never longer than their type allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.messages import Template, Text
from bot.outcomes import Quota
from notify.cards import dossier_facts
from notify.policy import Channel, Send
from notify.pricing import Charge, charge
from notify.templates import FACTS as NAMES
from notify.templates import as_template, configured, unusable
from settings import Settings
from store.tables import Dossier
from wording import Words

FACTS = {"code": "000.00.04.H60-230215-0028", "state": "Đang xử lý", "reason": "chữ " * 60}


def with_templates(**templates: Any) -> Settings:
    return Settings(_env_file=None, environment="test", zbs_templates=templates)  # type: ignore[call-arg]


def params(wanted: dict[str, Any]) -> dict[str, str]:
    settings = with_templates(status={"template_id": "300001", "params": wanted})
    made = as_template("status_received", FACTS, None, "m1", settings)
    assert made is not None
    assert (made.template_id, made.tracking_id) == ("300001", "m1")
    return dict(made.data)


def test_facts_fill_the_parameters() -> None:
    wanted = {"ma_ho_so": "{code}", "cau": "Hồ sơ {code}: {state}"}
    assert params(wanted) == {
        "ma_ho_so": FACTS["code"],
        "cau": f"Hồ sơ {FACTS['code']}: Đang xử lý",
    }


@pytest.mark.parametrize(
    ("wanted", "limit"),
    [
        ("{reason}", 90),
        ({"value": "{reason}", "type": "status"}, 30),
        ({"value": "x {reason}", "type": "address"}, 200),
    ],
)
def test_a_parameter_is_shortened_at_a_word_to_what_its_type_allows(
    wanted: object, limit: int
) -> None:
    value = params({"ly_do": wanted})["ly_do"]
    assert len(value) <= limit and value.endswith("chữ…")


def test_an_empty_fact_is_said_and_not_left_out() -> None:
    settings = with_templates(status={"template_id": "1", "params": {"a": "{code}"}})
    made = as_template("status", {"code": ""}, None, "m1", settings)
    assert made is not None and made.data == {"a": "-"}


@pytest.mark.parametrize(
    "templates",
    [
        {},
        {"status": {"template_id": "1", "params": {"a": "{unknown}"}}},
        {"status": {"template_id": "", "params": {}}},
        {"status": {"template_id": "1", "params": "wrong"}},
    ],
)
def test_what_cannot_be_filled_is_no_channel(templates: dict[str, Any]) -> None:
    assert as_template("status", FACTS, Text("a"), "m1", with_templates(**templates)) is None


def test_a_kind_has_its_own_template_or_that_of_its_family() -> None:
    settings = with_templates(status={"template_id": "1"}, status_received={"template_id": "2"})
    assert configured("status_received", settings) == {"template_id": "2"}
    assert configured("status_refused", settings) == {"template_id": "1"}
    assert configured("reply", settings) is None


def test_a_template_message_goes_as_it_is_with_our_mark() -> None:
    given = Template("9", {"a": "b"}, "theirs")
    assert as_template("otp", {}, given, "m7", with_templates()) == Template("9", {"a": "b"}, "m7")


def test_a_template_that_could_never_be_sent_is_named() -> None:
    settings = with_templates(
        status={"template_id": "1", "params": {"chu_ho_so": "{owner}"}},
        otp={"params": {"otp": "{otp}"}},
        reminder={"template_id": "2", "params": ["otp"]},
    )
    first, second, third = unusable(settings)
    assert "status.chu_ho_so names owner" in first
    assert "otp has no template_id" in second
    assert "params of reminder" in third


def test_every_fact_of_a_message_may_be_named() -> None:
    now = datetime.now(UTC)
    dossier = Dossier(code="X", state_at=now, created_at=now, updated_at=now, receipt_token="t")
    told = dossier_facts(dossier, now, Words("vi", with_templates()), full=True)
    assert set(told) | {"otp", "code_tail"} == NAMES


FREE = Send(Channel.consultation, 0)
PACKAGE = Send(Channel.consultation, 0, allowance=True)


@pytest.mark.parametrize(
    ("decision", "quota", "wanted"),
    [
        (FREE, None, Charge(0)),
        (FREE, Quota("reply", 8, 8), Charge(0)),
        (PACKAGE, Quota("sub_quota", 41, 500), Charge(0, package=1, package_left=41)),
        (PACKAGE, None, Charge(55, package_left=0)),
        (PACKAGE, Quota("reply"), Charge(0)),
        (Send(Channel.consultation, 55), None, Charge(55)),
        (Send(Channel.consultation, 55), Quota("purchase_quota", 3), Charge(0, 1, 3)),
        (Send(Channel.consultation, 0, welcome=True), None, Charge(0, welcome=1)),
        (FREE, Quota("welcome_msg", 2, 3), Charge(0, welcome=1)),
        (Send(Channel.zbs_phone, 300), Quota("daily", 5), Charge(300)),
    ],
)
def test_zalos_answer_decides_what_a_message_cost(
    decision: Send, quota: Quota | None, wanted: Charge
) -> None:
    settings = Settings(_env_file=None, environment="test")  # type: ignore[call-arg]
    assert charge(decision, quota, settings) == wanted
