"""The error table: complete, and the codes that steer sending mean what the protocol says."""

import pytest

from bot.errors import Api, Effect, Retry, known_codes, rule_for

# Copied from the protocol's tables, not from the code: 3.12, 5.6 and 2.3.
PRINTED = {
    Api.oa: """0 -32 -100 -200 -201 -202 -204 -205 -207 -208 -209 -210 -211 -212 -213 -214 -215
        -216 -217 -218 -219 -220 -221 -222 -223 -224 -227 -230 -231 -232 -233 -234 -235 -237 -238
        -240 -241 -242 -244 -248 -249 -305 -311 -320 -321 -403 -1340 -1341""",
    Api.zbs: """-100 -101 -102 -103 -104 -105 -106 -107 -108 -109 -1091 -110 -111 -112 -1121 -1122
        -1123 -1124 -113 -1131 -114 -115 -116 -117 -118 -119 -120 -1201 -1202 -121 -122 -123 -124
        -1241 -125 -126 -127 -128 -129 -142 -143 -130 -131 -132 -133 -134 -135 -1351 -136 -137 -138
        -1381 -139 -140 -141 -144 -1441 -1471 -1472 -145 -146 -147 -148 -149 -1491 -150 -151 -152
        -153 -158 -159 -160 -161 -162""",
    Api.oauth: "-14002 -14003 -14004 -14005 -14012 -14024 -14014 -14018 -14029",
}


@pytest.mark.parametrize("api", list(Api))
def test_every_printed_code_has_a_rule_of_its_own(api):
    assert {int(code) for code in PRINTED[api].split()} <= known_codes(api)


@pytest.mark.parametrize(
    ("api", "code", "retry", "effect"),
    [
        (Api.oa, -32, Retry.minute, Effect.none),
        (Api.oa, -100, Retry.reupload, Effect.none),
        (Api.zbs, -100, Retry.soon, Effect.none),
        (Api.oa, -216, Retry.refresh, Effect.none),
        (Api.oa, -220, Retry.refresh, Effect.none),
        (Api.zbs, -124, Retry.refresh, Effect.none),
        (Api.oa, -213, Retry.other_channel, Effect.not_follower),
        (Api.oa, -217, Retry.permanent, Effect.blocked),
        (Api.oa, -227, Retry.permanent, Effect.inactive),
        (Api.oa, -230, Retry.wait_interaction, Effect.window_closed),
        (Api.oa, -232, Retry.wait_interaction, Effect.window_closed),
        (Api.oa, -234, Retry.night, Effect.none),
        (Api.zbs, -133, Retry.night, Effect.none),
        (Api.oa, -244, Retry.permanent, Effect.opted_out_type),
        (Api.zbs, -141, Retry.permanent, Effect.opted_out),
        (Api.oa, -218, Retry.later, Effect.quota_recipient),
        (Api.zbs, -118, Retry.other_channel, Effect.no_zalo),
        (Api.zbs, -144, Retry.tomorrow, Effect.none),
        (Api.zbs, -137, Retry.human, Effect.none),
        (Api.oa, -242, Retry.config, Effect.none),
        (Api.oa, -118, Retry.other_channel, Effect.no_zalo),
        (Api.zbs, -216, Retry.refresh, Effect.none),
        (Api.oauth, -14014, Retry.human, Effect.none),
    ],
)
def test_codes_that_steer_sending_mean_what_the_protocol_says(api, code, retry, effect):
    rule = rule_for(api, code)
    assert (rule.code, rule.retry, rule.effect) == (code, retry, effect)


@pytest.mark.parametrize("api", list(Api))
def test_an_unknown_code_is_retried_soon_and_shown_to_a_person(api):
    rule = rule_for(api, -99999)
    assert (rule.retry, rule.effect, rule.known) == (Retry.soon, Effect.none, False)
    assert "-99999" in rule.staff


def test_whatever_needs_a_person_says_who_or_which_setting():
    who = ("Quản trị", "ZALO_", "Báo người phát triển", "Cán bộ")
    for api in Api:
        for code in known_codes(api):
            rule = rule_for(api, code)
            if rule.retry in (Retry.human, Retry.config):
                assert any(word in rule.staff for word in who), rule
