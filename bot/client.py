"""The only place that speaks HTTP to Zalo: what certainly failed, what is uncertain, what worked.

No retries here: the outbox owns them. The one exception is a dead access token, renewed once (2.4).
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from bot import wire
from bot.errors import Api, Retry, rule_for
from bot.messages import Message, Template, clean
from bot.outcomes import (
    CallFailed,
    CallNote,
    NoToken,
    NotSent,
    Quota,
    Rate,
    Sent,
    TokenSource,
    Uncertain,
    Uploaded,
    ZaloError,
)
from bot.queries import Answer, Queries
from bot.transport import Reply, Transport

__all__ = ["Reply", "Transport", "ZaloClient"]

IMAGE_LIMIT = 1024 * 1024
FILE_LIMIT = 5 * 1024 * 1024
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_FILES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class ZaloClient(Queries):
    """Every call to Zalo's OA and ZBS interfaces that we need, with typed outcomes.

    Methods raise ZaloError (refused), NotSent (no effect; NoToken among them) or Uncertain.
    `app_id` and `oauth_url` are kept for those who count or connect; `observer` is told of each
    request, without personal data, and must not raise.
    """

    def __init__(
        self,
        openapi_url: str,
        oauth_url: str,
        business_url: str,
        tokens: TokenSource,
        timeouts: tuple[float, float] = (3.05, 10),
        app_id: str = "",
        app_secret: str = "",
        use_proof: bool = False,
        observer: Callable[[CallNote], None] | None = None,
    ) -> None:
        self.app_id = app_id
        self.oauth_url = oauth_url
        self._hosts = {Api.oa: openapi_url.rstrip("/"), Api.zbs: business_url.rstrip("/")}
        self._tokens = tokens
        self._proof_key = app_secret.encode() if use_proof else None
        self._observer = observer
        self._transport = Transport(timeouts)

    def send(self, uid: str, message: Message) -> Sent:
        """Send a consultation message, or a template by UID (3.2, 3.4).

        ValueError when a picture or file was not uploaded before.
        """
        if isinstance(message, Template):
            return self.send_template_uid(uid, message)
        body = {"recipient": {"user_id": uid}, "message": wire.consultation(message)}
        return _sent(self.oa_post("/v3.0/oa/message/cs", body))

    def send_template_uid(self, uid: str, template: Template) -> Sent:
        """Send a ZBS template to a follower or anyone who interacted (3.4)."""
        return _sent(self.oa_post("/v3.0/oa/message/template", wire.template_by_uid(uid, template)))

    def send_template_phone(
        self,
        phone84: str,
        template: Template,
        mode: str | None = None,
        sending_mode: str | None = None,
    ) -> Sent:
        """Send a ZBS template to a phone in 84 form (5.2); `mode` "development" for admins only."""
        body = wire.template_by_phone(phone84.lstrip("+"), template, mode, sending_mode)
        return _sent(self._call(Api.zbs, "POST", "/message/template", json=body))

    def upload_image(self, data: bytes, name: str) -> Uploaded:
        """Upload a JPG or PNG of at most 1 MB (3.5); ValueError otherwise."""
        if not data.startswith(_IMAGES) or len(data) > IMAGE_LIMIT:
            raise ValueError("an image must be JPG or PNG of at most 1 MB")
        return self._upload("/v2.0/oa/upload/image", data, name, "attachment_id")

    def upload_file(self, data: bytes, name: str) -> Uploaded:
        """Upload a PDF, DOC or DOCX of at most 5 MB (3.5); ValueError otherwise."""
        if not data.startswith(_FILES) or len(data) > FILE_LIMIT:
            raise ValueError("a file must be PDF, DOC or DOCX of at most 5 MB")
        return self._upload("/v2.0/oa/upload/file", data, name, "token")

    def oa_get(self, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        """GET at the OA host, parameters as one `data=` (3.1)."""
        params = None if data is None else {"data": json.dumps(data, ensure_ascii=False)}
        return self._call(Api.oa, "GET", path, params=params)

    def oa_post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """POST of JSON at the OA host."""
        return self._call(Api.oa, "POST", path, json=body)

    def business_get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET at the business host, ordinary parameters (5.3)."""
        return self._call(Api.zbs, "GET", path, params=params)

    def _upload(self, path: str, data: bytes, name: str, member: str) -> Uploaded:
        # Slashes and quotation marks would break the multipart header.
        safe = clean(name).replace("/", "_").replace("\\", "_").replace('"', "")[:100] or "file"
        answer = self._call(Api.oa, "POST", path, files={"file": (safe, data)})
        uploaded = answer.root.raw(member)
        if not isinstance(uploaded, str) or not uploaded:
            raise Uncertain(Api.oa, "upload without an id", rate=answer.rate)
        return Uploaded(uploaded, answer.rate)

    def _call(self, api: Api, method: str, path: str, **arguments: Any) -> Answer:
        token = self._tokens.current()
        try:
            return self._once(api, method, path, token, arguments)
        except ZaloError as error:
            if rule_for(api, error.code).retry is not Retry.refresh:
                raise
        try:
            fresh = self._tokens.renew(token)
        except NoToken:
            raise
        except CallFailed as error:
            raise NoToken(api, "the access token could not be renewed", rate=error.rate) from error
        return self._once(api, method, path, fresh, arguments)

    def _once(
        self, api: Api, method: str, path: str, token: str, arguments: Mapping[str, Any]
    ) -> Answer:
        if not token or not token.isascii() or not token.isprintable():
            raise NoToken(api, "there is no access token")
        headers = {"access_token": token}
        if self._proof_key is not None:
            proof = hmac.new(self._proof_key, token.encode(), hashlib.sha256)
            headers["appsecret_proof"] = proof.hexdigest()
        began = time.monotonic()
        failure: CallFailed | None = None
        rate: Rate | None = None
        try:
            reply = self._transport.call(
                api, method, self._hosts[api] + path, headers=headers, **arguments
            )
            rate = reply.rate
            return _answer(api, reply)
        except CallFailed as error:
            failure, rate = error, error.rate
            raise
        finally:
            if self._observer is not None:
                seconds = time.monotonic() - began
                self._observer(_note(api, method, path, failure, seconds, rate))


def _answer(api: Api, reply: Reply) -> Answer:
    code = reply.members.integer("error")
    if code:
        raise ZaloError(api, code, reply.status, reply.rate)
    if reply.status >= 300:
        raise NotSent(api, f"HTTP {reply.status}", reply.status, reply.rate)
    if code is None:
        raise Uncertain(api, "answer without an error code", reply.status, reply.rate)
    return Answer(reply.members, reply.rate)


def _sent(answer: Answer) -> Sent:
    # `error` 0 means accepted even when the id is missing: sending again would repeat it.
    root = answer.root
    told = root.child("quota")
    kind = told.id("quota_type") or ("daily" if told.value else None)
    quota = kind and Quota(
        kind, told.integer_of("remain", "remainingQuota"), told.integer_of("total", "dailyQuota")
    )
    return Sent(
        message_id=root.id("message_id", "msg_id") or "",
        sent_at=root.moment("sent_time"),
        quota=quota or None,
        rate=answer.rate,
    )


def _note(
    api: Api, method: str, path: str, failure: CallFailed | None, seconds: float, rate: Rate | None
) -> CallNote:
    outcome = {ZaloError: "error", Uncertain: "uncertain", NotSent: "not_sent"}.get(
        type(failure), "ok"
    )
    code = failure.code if isinstance(failure, ZaloError) else None if failure else 0
    status = failure.http_status if failure else 200
    return CallNote(api, method, path, outcome, code, status, seconds, rate)
