"""The description of the API: complete, valid, kept by the answers, shown without other hosts."""

from __future__ import annotations

import re
from typing import Any

from tests.dossiers.office import CODE, Office, problem


def _described(rule: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", rule.replace("<path:code>", "{MaHoSo}").replace("int:", ""))


def test_the_description_names_every_address_and_field(office: Office) -> None:
    document = office.client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.")
    rules = {
        (_described(str(rule.rule)), method.lower())
        for rule in office.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT"}
        if "/api/v1/" in rule.rule and "docs" not in rule.rule and "openapi" not in rule.rule
    }
    described = {(p, m) for p, methods in document["paths"].items() for m in methods}
    assert described == rules
    schemas = document["components"]["schemas"]
    assert "ThongBaoZalo" in schemas["Dossier"]["properties"]
    assert schemas["Event"]["required"] == ["MaSuKien", "MaHoSo", "TrangThai", "ThoiDiemXuLy"]


def test_the_description_is_valid_and_the_answers_keep_it(office: Office) -> None:
    from jsonschema import Draft202012Validator
    from openapi_spec_validator import validate

    document = office.client.get("/api/v1/openapi.json").get_json()
    validate(document)
    office.post("dossiers", {"MaHoSo": CODE})
    office.post("events", office.event())
    shown = office.call("GET", f"dossiers/{CODE}").get_json()

    def keeps(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(value)

    keeps("DossierView", shown)
    keeps("Problem", problem(office.post("events", {}), 422))
    keeps("Results", office.post("dossiers", [{"MaHoSo": CODE}, {}]).get_json())


def test_the_page_of_the_description_asks_nothing_of_other_hosts(office: Office) -> None:
    page = office.client.get("/api/v1/docs")
    assert "http" not in page.text.replace("http-equiv", "")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("css/swagger-ui.css", "js/swagger-ui-bundle.js"):
        assert office.client.get(f"/api/v1/docs/files/{name}").status_code == 200
    assert office.client.get("/api/v1/docs/files/../__init__.py").status_code == 404
