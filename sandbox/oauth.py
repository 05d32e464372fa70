"""The OAuth host: consent page, code exchange, refresh (protocol 2). Every answer is HTTP 200."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from .tokens import OAuthRefused, Pair
from .world import World


def routes(world: World) -> Blueprint:
    """Addresses under ``/v4/oa``."""
    rooms = Blueprint("oauth", __name__)

    @rooms.get("/v4/oa/permission")
    def permission() -> tuple[str, int] | str | Response:
        asked = {
            name: request.args.get(name, "")[:2000]
            for name in ("app_id", "redirect_uri", "code_challenge", "state")
        }
        problem = _problem(world, asked)
        page = render_template("permission.html", asked=asked, problem=problem, oa=world.config)
        answer = Response(page, mimetype="text/html")
        answer.headers["X-Redirect-Origin"] = "" if problem else _origin(asked["redirect_uri"])
        return answer

    @rooms.post("/v4/oa/permission")
    def decide() -> AnyResponse | str:
        asked = {
            name: request.form.get(name, "")[:2000]
            for name in ("app_id", "redirect_uri", "code_challenge", "state")
        }
        problem = _problem(world, asked)
        if problem or request.form.get("decision") != "allow":
            said = problem or "Bạn đã từ chối cấp quyền. Có thể đóng trang này."
            return render_template("permission.html", asked=asked, problem=said, oa=world.config)
        with world.lock():
            code = world.tokens.new_code(asked["code_challenge"])
        returned = {"code": code, "oa_id": world.config.oa_id}
        if asked["state"]:
            returned["state"] = asked["state"]
        joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return redirect(asked["redirect_uri"] + joint + urlencode(returned))

    @rooms.post("/v4/oa/access_token")
    def access_token() -> Response:
        try:
            with world.lock():
                pair = _grant(world)
        except OAuthRefused as refusal:
            return jsonify(
                error=refusal.code,
                error_name=refusal.name,
                error_description=refusal.name,
                error_reason=refusal.reason or refusal.name,
                ref_doc="https://developers.zalo.me/docs/social-api/tham-khao/ma-loi",
            )
        world.ring("tokens")
        return jsonify(
            access_token=pair.access,
            refresh_token=pair.refresh,
            expires_in=str(world.switches.access_token_seconds),
        )

    return rooms


def _grant(world: World) -> Pair:
    form: dict[str, Any] = request.form.to_dict()
    if form.get("app_id") != world.config.app_id:
        raise OAuthRefused(-14002, "Invalid app id.")
    secret = request.headers.get("secret_key", "")
    if not secrets.compare_digest(secret.encode(), world.config.app_secret.encode()):
        raise OAuthRefused(-14004, "Invalid secret key.")
    kind = form.get("grant_type")
    if kind == "authorization_code":
        return world.tokens.exchange(form.get("code", ""), form.get("code_verifier", ""))
    if kind == "refresh_token":
        return world.tokens.refresh(form.get("refresh_token", ""))
    raise OAuthRefused(-14018, "Invalid grant type.")


def _problem(world: World, asked: dict[str, str]) -> str:
    if asked["app_id"] != world.config.app_id:
        return "Lỗi -14002: ứng dụng không tồn tại (app_id không đúng)."
    parts = urlsplit(asked["redirect_uri"])
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "Lỗi -14003: redirect_uri không hợp lệ."
    if world.config.callback and asked["redirect_uri"] != world.config.callback:
        return "Lỗi -14003: redirect_uri khác địa chỉ đã khai báo cho ứng dụng."
    return ""


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
