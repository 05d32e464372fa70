"""Webhooks of other messengers behind their own libraries, as their guides show it.

Both check the signature, read the event and call its handler; neither stores anything.
"""

from __future__ import annotations

import os

from flask import Flask, Response, request

SECRET = os.environ.get("PEER_SECRET", "peer-secret")


def line() -> Flask:
    """LINE's SDK for Python: ``WebhookHandler`` in a Flask application."""
    from linebot.v3 import WebhookHandler
    from linebot.v3.exceptions import InvalidSignatureError
    from linebot.v3.webhooks import MessageEvent, TextMessageContent

    handler = WebhookHandler(SECRET)
    app = Flask("line")

    @handler.add(MessageEvent, message=TextMessageContent)
    def said(event: MessageEvent) -> None:
        assert event.message.text

    @app.post("/webhook/line")
    def receive() -> tuple[str, int]:
        body = request.get_data(as_text=True)
        try:
            handler.handle(body, request.headers.get("X-Line-Signature", ""))
        except InvalidSignatureError:
            return "", 400
        return "OK", 200

    return app


def bolt() -> Flask:
    """Slack's Bolt with its Flask adapter; who may act is known without a call to Slack."""
    from slack_bolt import App
    from slack_bolt.adapter.flask import SlackRequestHandler
    from slack_bolt.authorization import AuthorizeResult

    def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0"
        )

    slack = App(signing_secret=SECRET, authorize=authorize)
    handler = SlackRequestHandler(slack)
    app = Flask("bolt")

    @slack.event("message")
    def said(event: dict[str, object]) -> None:
        assert event["text"]

    @app.post("/webhook/slack")
    def receive() -> Response:
        return handler.handle(request)

    return app
