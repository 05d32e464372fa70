"""Readers of the events about the account: calls, anonymous chats, groups, templates, shop (1.9)."""

from bot import account_events as account
from bot import event_types as types
from bot.event_reading import Facts, Reader, content
from bot.members import Members

_USERS_LIMIT = 500
# ODOO-B reads DENY where the documentation prints USER_BLOCKED (zalo-protocol 10).
_CONSENT = {"ALLOW": True, "USER_BLOCKED": False, "DENY": False}


def asked_product(root: Members, facts: Facts) -> types.Event:
    """`user_asking_product` of the old shop."""
    product = root.child("product")
    product.raw("thumbnail"), product.raw("description")
    return account.AskedProduct(
        **facts, **content(root), title=product.text("title"), url=product.url("url")
    )


def anonymous(kind: str, by_oa: bool) -> Reader:
    """A reader of messages from and to visitors without a UID."""

    def read(root: Members, facts: Facts) -> types.Event:
        found = content(root)
        found.pop("quote_msg_id")
        return account.AnonymousMessage(
            **(facts | {"user_id": None}),
            **found,
            kind=kind,
            by_oa=by_oa,
            anonymous_id=root.child("recipient" if by_oa else "sender").id("id"),
            conversation_id=root.child("message").id("conversation_id"),
        )

    return read


def group_message(kind: str, by_oa: bool) -> Reader:
    """A reader of `user_send_group_*` and `oa_send_group_*`: the recipient is the group (1.9)."""

    def read(root: Members, facts: Facts) -> types.Event:
        group = root.id("group_id") or root.child("recipient").id("id")
        own = facts | {"user_id": None if by_oa else root.child("sender").id("id")}
        return account.GroupMessage(**own, **content(root), kind=kind, by_oa=by_oa, group_id=group)

    return read


def group_changed(change: str) -> Reader:
    """A reader of the life of a group."""

    def read(root: Members, facts: Facts) -> types.Event:
        users = [user.id("id", "user_id") for user in root.children("users", _USERS_LIMIT)]
        members = tuple(user for user in users if user)
        return account.GroupChanged(
            **facts, change=change, group_id=root.id("group_id"), user_ids=members
        )

    return read


def consent_asked(root: Members, facts: Facts) -> types.Event:
    """`oa_send_consent`."""
    return account.CallConsentAsked(
        **facts,
        phone=root.id("phone"),
        request_type=root.id("request_type"),
        asked_at=root.moment("create_time"),
        expires_at=root.moment("expired_time"),
    )


def consent_replied(root: Members, facts: Facts) -> types.Event:
    """`user_reply_consent`; `expired_time` 0 means no limit and reads as None."""
    answer = root.id("user_consent")
    return account.CallConsentReplied(
        **facts,
        phone=root.id("phone"),
        answer=answer,
        allowed=_CONSENT.get((answer or "").upper()),
        confirmed_at=root.moment("confirmed_time"),
        expires_at=root.moment("expired_time"),
    )


def call(by_oa: bool) -> Reader:
    """A reader of `user_call_oa` and `oa_call_user`."""

    def read(root: Members, facts: Facts) -> types.Event:
        return account.Call(
            **facts,
            by_oa=by_oa,
            phone=root.id("phone"),
            call_id=root.id("call_id"),
            call_type=root.id("call_type"),
            started_at=root.moment("init_time"),
            duration_ms=root.integer("call_duration"),
            waiting_s=root.integer("waiting_time"),
            talk_ms=root.integer("talk_time"),
            status_code=root.id("status_code"),
        )

    return read


def extension_purchased(root: Members, facts: Facts) -> types.Event:
    """`extension_purchased`."""
    paid = root.child("extension_sub_info")
    return account.ExtensionPurchased(
        **facts,
        extension_id=root.id("extension_id"),
        valid_from=paid.id("valid_start_date"),
        valid_through=paid.id("valid_through_date"),
        months=paid.integer("duration_month"),
    )


def template_changed(what: str) -> Reader:
    """A reader of a template's new status, quality or quota."""

    def read(root: Members, facts: Facts) -> types.Event:
        status, quota = root.child("status"), root.child("quota")
        current = status.id("new_status") or quota.id("new_value")
        return account.TemplateChanged(
            **facts,
            what=what,
            template_id=root.id("template_id"),
            previous=status.id("prev_status") or quota.id("prev_value"),
            current=current or root.id("status", "quality", "quota"),
            reason=root.text("reason", limit=1000),
        )

    return read


def oa_quota_changed(root: Members, facts: Facts) -> types.Event:
    """`change_oa_daily_quota`."""
    quota = root.child("quota")
    return account.OaQuotaChanged(
        **facts, previous=quota.integer("prev_value"), current=quota.integer("new_value")
    )
