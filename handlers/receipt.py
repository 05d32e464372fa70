"""The receipt PDF ("Phiếu tiếp nhận"), for those who may see the whole dossier."""

from __future__ import annotations

from bot.messages import File, Query, Text
from bot.routing import Context, Incoming, Reply, Route
from handlers import finding


def receipt(incoming: Incoming, context: Context) -> Reply:
    """``#phieu CODE``: send its PDF, or say why not and what to do."""
    words = context.words
    dossier = finding.named(incoming, context)
    if isinstance(dossier, Reply):
        return dossier
    menu = Query(words("button.menu"), "#menu")
    if dossier.id not in finding.visible(context, [dossier]):
        prove = Query(words("card.button.open"), f"#xacminh {dossier.code}")
        return Reply.of(Text(words("receipt.not_yours", code=dossier.code), (prove, menu)))
    finding.keep_open(context)
    media = finding.receipt_media(context, dossier)
    if not media:
        again = Query(words("card.button.again"), f"#hoso {dossier.code}")
        return Reply.of(Text(words("receipt.none", code=dossier.code), (again, menu)))
    name = words("receipt.file_name", code=dossier.code.replace("/", "-"))
    return Reply.of(File(media, name), Text(words("receipt.sent", code=dossier.code), (menu,)))


ROUTES = (Route("receipt", receipt, "sends the receipt PDF of a dossier", payloads=("#phieu",)),)
