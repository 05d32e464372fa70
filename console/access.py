"""Who may do what in the console: one table from acts to roles.

Every page declares its act (a test fails otherwise); a role may be limited to one agency with
its units, and then its acts reach no further.
"""

from __future__ import annotations

from enum import StrEnum

from store.tables import Role

#: The field's words for the roles.
ROLE_WORDS = {
    Role.admin: "Quản trị",
    Role.reception: "Tiếp nhận",
    Role.officer: "Xử lý hồ sơ",
    Role.feedback: "Phản ánh kiến nghị",
    Role.broadcast: "Truyền thông",
    Role.approver: "Duyệt tin",
    Role.auditor: "Kiểm tra (chỉ xem)",
}
#: Roles that can do the most harm must show a second factor (level 3, domain 4.7).
NEEDS_SECOND_FACTOR = frozenset({Role.admin, Role.approver})


class Act(StrEnum):
    """Everything a page may be for."""

    #: Pages before and around signing in.
    public = "public"
    #: Any signed-in person: their own account.
    own = "own"
    view_dossiers = "view_dossiers"
    take_in = "take_in"
    move_dossiers = "move_dossiers"
    import_dossiers = "import_dossiers"
    export_dossiers = "export_dossiers"
    view_feedback = "view_feedback"
    handle_feedback = "handle_feedback"
    publish_feedback = "publish_feedback"
    chat = "chat"
    edit_content = "edit_content"
    settings = "settings"
    agencies = "agencies"
    people = "people"
    api_keys = "api_keys"
    audit = "audit"
    privacy = "privacy"
    view_reports = "view_reports"
    #: Look at announcements; writing and agreeing are acts of their own.
    view_broadcasts = "view_broadcasts"
    broadcast = "broadcast"
    approve = "approve"


_ALL = frozenset(Role)
MAY: dict[Act, frozenset[Role]] = {
    Act.public: _ALL,
    Act.own: _ALL,
    Act.view_dossiers: frozenset({Role.admin, Role.reception, Role.officer, Role.auditor}),
    Act.take_in: frozenset({Role.reception}),
    Act.move_dossiers: frozenset({Role.reception, Role.officer}),
    Act.import_dossiers: frozenset({Role.admin, Role.reception}),
    Act.export_dossiers: frozenset({Role.admin, Role.reception, Role.officer, Role.auditor}),
    Act.view_feedback: frozenset({Role.admin, Role.feedback, Role.auditor}),
    Act.handle_feedback: frozenset({Role.feedback}),
    Act.publish_feedback: frozenset({Role.feedback, Role.approver}),
    Act.chat: frozenset({Role.reception, Role.officer, Role.feedback}),
    Act.edit_content: frozenset({Role.admin, Role.broadcast}),
    Act.settings: frozenset({Role.admin}),
    Act.agencies: frozenset({Role.admin}),
    Act.people: frozenset({Role.admin}),
    Act.api_keys: frozenset({Role.admin}),
    Act.audit: frozenset({Role.admin, Role.auditor}),
    Act.privacy: frozenset({Role.admin, Role.reception}),
    Act.view_reports: _ALL,
    Act.view_broadcasts: frozenset({Role.admin, Role.broadcast, Role.approver, Role.auditor}),
    Act.broadcast: frozenset({Role.broadcast}),
    Act.approve: frozenset({Role.approver}),
}
#: Acts that concern the whole province: a role limited to one agency does not give them.
UNLIMITED_ONLY = frozenset(
    {
        Act.settings,
        Act.agencies,
        Act.people,
        Act.api_keys,
        Act.audit,
        Act.edit_content,
        Act.privacy,
    }
)
