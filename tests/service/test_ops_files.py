"""The dashboard and the alert rules load, and name only what `/metrics` really exports."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from service import counting, metrics, web
from settings import ROOT

OPS = ROOT / "ops"
_NAME = re.compile(r"\bmotcua_[a-z_]+")
#: Labels each metric has; a rule that asks for another one would never fire.
LABELS = {
    "motcua_outbox_due": {"lane"},
    "motcua_outbox_oldest_seconds": {"lane"},
    "motcua_outbox_messages": {"state"},
    "motcua_token_seconds": {"token"},
    "motcua_allowance_left": {"kind"},
    "motcua_rate_used": {"scope"},
    "motcua_rate_limit": {"scope"},
    "motcua_cost_vnd": {"channel", "period"},
    "motcua_alarms_open": {"kind"},
    "motcua_broadcasts": {"state"},
    "motcua_job_age_seconds": {"job"},
    "motcua_calls_total": {"channel", "code"},
    "motcua_call_seconds_bucket": {"channel", "le"},
    "motcua_handed_seconds_bucket": {"lane", "le"},
    "motcua_webhook_seconds_bucket": {"le"},
    "motcua_webhooks_total": {"outcome"},
    "motcua_http_requests_total": {"area", "status"},
}


def exported() -> set[str]:
    """Every name of a sample that can come from a web process."""
    assert web.REQUESTS
    names = set(metrics.GAUGES)
    for family in counting.families():
        ends = ("_total",) if family.type == "counter" else ("_bucket", "_count", "_sum")
        names |= {family.name + end for end in ends}
    return names


def dashboard() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((OPS / "grafana" / "motcua.json").read_text())
    return made


def rules() -> list[dict[str, Any]]:
    read = yaml.safe_load((OPS / "prometheus" / "alerts.yml").read_text())
    return [rule for group in read["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    shown = [t["expr"] for panel in dashboard()["panels"] for t in panel.get("targets", ())]
    return [*shown, *(str(rule["expr"]) for rule in rules())]


def test_every_metric_named_is_exported_with_the_labels_asked_for() -> None:
    known = exported()
    for expression in expressions():
        named = _NAME.findall(expression)
        assert named or "up{" in expression, expression
        assert set(named) <= known, expression
        for name, asked in re.findall(r"\b(motcua_[a-z_]+)\{([^}]*)\}", expression):
            labels = set(re.findall(r'([a-z]+)(?:=~|!=|=)"', asked))
            assert labels <= LABELS.get(name, set()), expression
        for grouped in re.findall(r"by \(([a-z, ]+)\)", expression):
            allowed = set().union(*(LABELS.get(name, set()) for name in named))
            assert set(grouped.split(", ")) <= allowed, expression
        assert expression.count("(") == expression.count(")"), expression


def test_whatever_is_exported_is_looked_at_somewhere() -> None:
    looked = {name for one in expressions() for name in _NAME.findall(one)}
    looked = {re.sub(r"_(bucket|count|sum)$", "", name) for name in looked}
    for name in exported():
        assert re.sub(r"_(bucket|count|sum)$", "", name) in looked, name


def test_each_rule_says_in_vietnamese_what_is_wrong_and_what_to_do() -> None:
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) >= 15
    for rule in found:
        said = rule["annotations"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert len(said["summary"]) > 15 and len(said["action"]) > 15
        assert re.search(r"[ăâđêôơưàáạảấầậẩắềếệểồốộổờớợởừứựửýỳ]", said["summary"]), said


def test_the_dashboard_asks_only_the_chosen_source_and_overlaps_nothing() -> None:
    made = dashboard()
    (variable,) = made["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    places: set[tuple[int, int]] = set()
    ids = [panel["id"] for panel in made["panels"]]
    assert len(ids) == len(set(ids))
    for panel in made["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & places and at["x"] + at["w"] <= 24, panel["title"]
        places |= cells
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${nguon}"


def test_the_sample_of_prometheus_reads_the_rules_and_our_page() -> None:
    read = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text())
    assert read["rule_files"] == ["alerts.yml"]
    (job,) = read["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("motcua", "/metrics")
