"""Refusals as Zalo words them: HTTP 200 with a negative number (protocol 3.12, 5.6, 2.3)."""

from __future__ import annotations

#: Official texts of the OA API, typing mistakes included (protocol 3.12).
OA_TEXTS = {
    -32: "Your OA reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "{field} is invalid!",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -214: "The article is being processed",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "The OA needs to be verified to use this feature",
    -222: "User is not active",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted, or last interaction expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -235: "This API does not support this type of OA",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -242: "appsecret_proof is invalid",
    -244: "User has restricted this message type from your OA",
    -248: "Violates our platform standards",
    -249: "Template does not support UID",
    -320: "App needs a Zalo Cloud Account",
    -321: "Zalo Cloud Account is out of money",
}

#: Texts of the ZBS API (protocol 5.6).
ZBS_TEXTS = {
    -100: "Unknown error, try later",
    -106: "Method unsupported",
    -107: "Message id invalid",
    -108: "Phone number invalid",
    -109: "Invalid template id",
    -112: "Template data empty",
    -1121: "Template data exceeds length: {field}",
    -1122: "Template data missing parameter: {field}",
    -1124: "Template data has bad format: {field}",
    -114: "User cannot receive",
    -115: "Out of quota",
    -117: "No right to the template",
    -118: "Zalo account not existed",
    -119: "Account cannot receive",
    -121: "Body is empty",
    -122: "Body is not JSON",
    -124: "Access token invalid",
    -1241: "appsecret_proof is invalid",
    -127: "Test template is only sent to admins",
    -131: "Template is not approved",
    -132: "Parameter invalid: {field}",
    -133: "Not sent at night",
    -135: "OA has no permission to send ZBS",
    -136: "Zalo Cloud Account is not linked",
    -137: "Payment of the Zalo Cloud Account failed",
    -139: "User refused this type of message",
    -141: "User refused this OA",
    -144: "OA reached daily limit",
    -1441: "OA reached monthly promotion limit for this user",
    -147: "Template reached daily limit",
    -1471: "OA reached monthly limit for this user",
    -1472: "OA reached daily promotion limit for this user",
    -158: "File too large",
    -159: "File format is invalid",
    -32: "Your application reached limit call api",
}

APP_LIMIT_TEXT = "Your application reached limit call api"


class ZaloError(Exception):
    """A refusal in Zalo's own words; `code` is the number in the answer's `error`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def refused(code: int, field: str = "") -> ZaloError:
    """A refusal of the OA API with its official text."""
    return ZaloError(code, OA_TEXTS.get(code, "Unknown error").format(field=field))


def zbs_refused(code: int, field: str = "") -> ZaloError:
    """A refusal of the ZBS API."""
    return ZaloError(code, ZBS_TEXTS.get(code, "Unknown error").format(field=field))
