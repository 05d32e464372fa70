"""Articles: made later, checked field by field, listed, changed, removed (protocol 3.10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from .conftest import ARTICLE, Zalo

CREATE, VERIFY = "/v2.0/article/create", "/v2.0/article/verify"


def made(zalo: Zalo, **more: Any) -> Any:
    return zalo.api("POST", CREATE, json={**ARTICLE, **more})


def test_an_article_is_ready_after_its_processing_time(zalo: Zalo) -> None:
    zalo.at("2026-03-02T10:00:00")
    zalo.settings(article_processing_seconds=60)
    token = made(zalo)["data"]["token"]
    assert zalo.api("POST", VERIFY, json={"token": token})["error"] == -214
    assert zalo.api("GET", "/v2.0/article/getslice")["data"]["total"] == 0
    zalo.control("POST", "clock", advance=60)
    first = zalo.api("POST", VERIFY, json={"token": token})["data"]["id"]
    assert zalo.api("POST", VERIFY, json={"token": token})["data"]["id"] == first
    unknown = zalo.api("POST", VERIFY, json={"token": "x"})
    assert (unknown["error"], unknown["message"]) == (-201, "token is invalid!")
    assert zalo.api("POST", VERIFY, json={"token": ["x"]})["error"] == -201


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"type": "video"}, "type"),
        ({"title": ""}, "title"),
        ({"title": "a" * 151}, "title"),
        ({"author": "a" * 51}, "author"),
        ({"description": "a" * 301}, "description"),
        ({"cover": None}, "cover"),
        ({"cover": {"cover_type": "text"}}, "cover.cover_type"),
        ({"cover": {"cover_type": "photo", "photo_url": "bia.png"}}, "cover.photo_url"),
        ({"cover": {"cover_type": "video"}}, "cover.video_id"),
        ({"cover": {**ARTICLE["cover"], "status": "on"}}, "cover.status"),
        ({"body": []}, "body"),
        ({"body": ["a"]}, "body[0]"),
        ({"body": [{"type": "html"}]}, "body[0].type"),
        ({"body": [{"type": "text", "content": " "}]}, "body[0].content"),
        ({"body": [*ARTICLE["body"], {"type": "image", "url": "a"}]}, "body[1].url"),
        ({"body": [{"type": "video"}]}, "body[0].url"),
        ({"body": [{"type": "video", "video_id": "1", "thumb": "a"}]}, "body[0].thumb"),
        ({"body": [{"type": "product"}]}, "body[0].id"),
        ({"related_medias": "a"}, "related_medias"),
        ({"tracking_link": "a"}, "tracking_link"),
        ({"status": "draft"}, "status"),
        ({"comment": True}, "comment"),
    ],
)
def test_a_wrong_field_is_named(zalo: Zalo, more: dict[str, Any], field: str) -> None:
    answer = made(zalo, **more)
    assert (answer["error"], answer["message"]) == (-201, f"{field} is invalid!")


def test_the_limits_themselves_pass_and_the_defaults_are_filled_in(zalo: Zalo) -> None:
    body = [
        {"type": "text", "content": "a"},
        {"type": "image", "url": "https://a.example/a.png", "caption": "b"},
        {"type": "video", "url": "https://a.example/a.mp4", "thumb": "https://a.example/a.png"},
        {"type": "product", "id": "1"},
    ]
    article = zalo.article("a" * 150, author="b" * 50, description="c" * 300, body=body)
    detail = zalo.api("GET", "/v2.0/article/getdetail", params={"id": article})["data"]
    assert (detail["status"], detail["comment"]) == ("hide", "show")
    assert detail["cover"]["status"] == "show"
    assert detail["body"] == body


def test_articles_are_listed_newest_first_by_plain_and_by_joined_parameters(zalo: Zalo) -> None:
    for title in ("Một", "Hai", "Ba"):
        zalo.article(title)
    plain = {"offset": 1, "limit": 1, "type": "normal"}
    for params in (plain, {"data": json.dumps(plain)}):
        found = zalo.api("GET", "/v2.0/article/getslice", params=params)["data"]
        assert found["total"] == 3
        assert [line["title"] for line in found["medias"]] == ["Hai"]
    videos = zalo.api("GET", "/v2.0/article/getslice", params={"type": "video"})
    assert videos["data"] == {"total": 0, "medias": []}
    for wrong, value in (("type", "photo"), ("limit", "51"), ("offset", "-1")):
        answer = zalo.api("GET", "/v2.0/article/getslice", params={wrong: value})
        assert answer["message"] == f"{wrong} is invalid!"


def test_an_update_changes_what_it_names_and_is_processed_again(zalo: Zalo) -> None:
    zalo.at("2026-03-02T10:00:00")
    article = zalo.article()
    change = {"id": article, "status": "show"}
    token = zalo.api("POST", "/v2.0/article/update", json=change)["data"]["token"]
    assert zalo.api("POST", VERIFY, json={"token": token})["error"] == -214
    zalo.control("POST", "clock", advance=5)
    assert zalo.api("POST", VERIFY, json={"token": token})["data"]["id"] == article
    kept = zalo.get("articles")["articles"][0]
    assert (kept["status"], kept["title"]) == ("show", ARTICLE["title"])
    wrong = zalo.api("POST", "/v2.0/article/update", json={"id": article, "title": ""})
    assert wrong["message"] == "title is invalid!"
    assert zalo.api("POST", "/v2.0/article/update", json={"id": "1"})["error"] == -201


def test_a_removed_article_is_gone(zalo: Zalo) -> None:
    article = zalo.article()
    assert zalo.api("POST", "/v2.0/article/remove", json={"id": article})["error"] == 0
    for path in ("/v2.0/article/remove", "/v2.0/article/update"):
        assert zalo.api("POST", path, json={"id": article})["message"] == "id is invalid!"
    gone = zalo.api("GET", "/v2.0/article/getdetail", params={"id": article})
    assert gone["error"] == -201


def test_the_months_number_of_articles_ends_with_223(zalo: Zalo) -> None:
    zalo.at("2026-03-31T23:00:00")
    zalo.settings(article_monthly_quota=1)
    assert made(zalo)["error"] == 0
    assert made(zalo)["error"] == -223
    zalo.at("2026-04-01T00:00:00")
    assert made(zalo)["error"] == 0


def test_a_reader_sees_the_text_and_nothing_of_its_markup(zalo: Zalo) -> None:
    article = zalo.article("<b>Tin</b>")
    page = requests.get(f"{zalo.running.url}/article/{article}", timeout=5)
    assert "&lt;b&gt;Tin" in page.text
    assert "Từ 8 giờ." in page.text
    assert "<p>Từ" in page.text
    assert "&lt;p&gt;" not in page.text
    assert requests.get(f"{zalo.running.url}/article/1", timeout=5).status_code == 404


def test_a_reset_forgets_articles_and_their_number(zalo: Zalo) -> None:
    token = made(zalo)["data"]["token"]
    zalo.control("POST", "reset")
    zalo.settings(article_monthly_quota=1)
    assert zalo.get("articles")["articles"] == []
    assert zalo.api("POST", VERIFY, json={"token": token})["error"] == -201
    assert made(zalo)["error"] == 0
