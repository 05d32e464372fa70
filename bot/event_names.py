"""Which reader reads which event: the whole catalogue of zalo-protocol 1.8 as one table."""

from bot import account_events as account
from bot import account_reading as accounts
from bot import event_reading as read
from bot import event_types as types

_GROUP_CHANGES = {
    "create_group": "created",
    "delete_group": "deleted",
    "update_group_info": "updated",
    "add_group_admin": "admin_added",
    "remove_group_admin": "admin_removed",
    "user_join_group": "joined",
    "user_out_group": "left",
    "user_leave_group": "left",
    "user_request_join_group": "join_requested",
    "accept_request_join_group": "join_accepted",
    "react_request_join_group_accept": "join_accepted",
    "reject_request_join_group": "join_rejected",
    "react_request_join_group_reject": "join_rejected",
}
_ECHOES = ("text", "image", "gif", "list", "file", "sticker", "template")
_ANONYMOUS = ("text", "image", "file", "sticker")

_READERS: dict[str, read.Reader] = {
    "follow": read.follow,
    "unfollow": read.unfollow,
    "user_send_text": read.user_message(types.UserText),
    "user_send_image": read.user_message(types.UserImage),
    "user_send_gif": read.user_message(types.UserGif),
    "user_send_link": read.user_message(types.UserLink),
    "user_send_audio": read.user_message(types.UserAudio),
    "user_send_video": read.user_message(types.UserVideo),
    "user_send_sticker": read.user_message(types.UserSticker),
    "user_send_location": read.location,
    "user_send_business_card": read.business_card,
    "user_send_file": read.user_message(types.UserFile),
    "user_received_message": read.receipt(from_zbs=False),
    "user_seen_message": read.seen,
    "user_click_chatnow": read.bare(types.ChatNow),
    "user_reacted_message": read.reaction(by_oa=False),
    "oa_reacted_message": read.reaction(by_oa=True),
    "user_submit_info": read.submit_info,
    "update_user_info": read.user_info_updated,
    "add_user_to_tag": read.tag("added"),
    "remove_user_from_tag": read.tag("removed"),
    "remove_tag": read.tag("deleted"),
    "user_withdraw": read.bare(types.Withdraw),
    "widget_interaction_accepted": read.widget_accepted,
    "widget_failed_to_sync_user_external_id": read.widget_failed,
    "oa_send_consent": accounts.consent_asked,
    "user_reply_consent": accounts.consent_replied,
    "user_call_oa": accounts.call(by_oa=False),
    "oa_call_user": accounts.call(by_oa=True),
    "extension_purchased": accounts.extension_purchased,
    "change_template_status": accounts.template_changed("status"),
    "change_template_quality": accounts.template_changed("quality"),
    "change_template_quota": accounts.template_changed("quota"),
    "change_oa_daily_quota": accounts.oa_quota_changed,
    "change_oa_template_tags": read.bare(account.OaTemplateTagsChanged),
    "user_feedback": read.feedback,
    "user_click_response_button": read.response_button,
    "event_journey_acknowledged": read.bare(account.Journey, timed_out=False),
    "event_journey_time_out": read.bare(account.Journey, timed_out=True),
    "shop_has_order": read.bare(account.ShopOrder),
    "user_asking_product": accounts.asked_product,
    **{f"oa_send_{kind}": read.oa_sent(kind) for kind in _ECHOES},
    **{f"anonymous_send_{kind}": accounts.anonymous(kind, by_oa=False) for kind in _ANONYMOUS},
    **{f"oa_send_anonymous_{kind}": accounts.anonymous(kind, by_oa=True) for kind in _ANONYMOUS},
    **{name: accounts.group_changed(change) for name, change in _GROUP_CHANGES.items()},
}
_ZBS_RECEIPT = read.receipt(from_zbs=True)


def reader_for(name: str, *, from_zbs: bool = False) -> read.Reader | None:
    """The reader of the event `name`, or None for a name we do not know.

    `from_zbs` is what the header `X-ZEvent-Server: ZNS` says of a receipt (1.3).
    """
    if from_zbs and name == "user_received_message":
        return _ZBS_RECEIPT
    for prefix, by_oa in (("user_send_group_", False), ("oa_send_group_", True)):
        if name.startswith(prefix):
            return accounts.group_message(name.removeprefix(prefix), by_oa)
    return _READERS.get(name)
