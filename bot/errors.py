"""What an error code of Zalo means for the message, the recipient's record and the staff.

The rules themselves are one table, `bot.error_table`; this is how to ask it.
"""

from bot.error_rules import Api, Effect, Retry, Rule
from bot.error_table import OA_RULES, OAUTH_RULES, ZBS_RULES

__all__ = ["Api", "Effect", "Retry", "Rule", "known_codes", "rule_for"]

_UNKNOWN = (
    "Zalo trả mã lỗi chưa biết {code}; hệ thống thử lại vài lần rồi chờ người xử lý: xem bảng mã "
    "lỗi của Zalo và chi tiết tin trong bảng điều khiển."
)


def _by_code(rules: tuple[Rule, ...]) -> dict[int, Rule]:
    table = {rule.code: rule for rule in rules}
    if len(table) != len(rules):
        raise ValueError("a code stands twice in the error table")
    return table


_TABLES = {
    Api.oa: _by_code(OA_RULES),
    Api.zbs: _by_code(ZBS_RULES),
    Api.oauth: _by_code(OAUTH_RULES),
}
_OTHER = {Api.oa: Api.zbs, Api.zbs: Api.oa, Api.oauth: Api.oauth}


def rule_for(api: Api, code: int) -> Rule:
    """The rule for `code` as answered by `api`.

    A code that only the other message interface prints has the same meaning here: templates by UID
    go through the OA interface but are ZBS messages. A code nobody printed is retried soon, a few
    times, and then parked for a person (`known` is False): it may be an outage or a refusal.
    """
    found = _TABLES[api].get(code) or _TABLES[_OTHER[api]].get(code)
    if found is not None:
        return found
    return Rule(code, Retry.soon, Effect.none, _UNKNOWN.format(code=code), known=False)


def known_codes(api: Api) -> frozenset[int]:
    """Every code that has a rule of its own."""
    return frozenset(_TABLES[api])
