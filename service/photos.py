"""What the codes on a citizen's photo say, read before its event is handled.

Handlers never speak HTTP and never see the picture; it is forgotten as soon as it is read.
"""

from __future__ import annotations

import journal
from bot.events import NotAnEvent, UserImage, parse
from qr.photos import NotFetched, Photos
from qr.reading import Unreadable, read_codes
from settings import Settings
from store.tables import InboundEvent

_LOG = journal.get("photos")


class PhotoReader:
    """Fetches the photo of an event and reads the codes on it; never raises."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._photos = Photos(settings)

    def wanted_for(self, row: InboundEvent) -> tuple[str, ...] | None:
        """The texts of the codes; () for a photo without any, None when there is no photo to read."""
        if row.body is None or row.event_name != "user_send_image":
            return None
        try:
            event = parse(row.body, server="ZNS" if row.zns else None)
        except NotAnEvent:
            return None
        if not isinstance(event, UserImage):
            return None
        address = next((one.url for one in event.attachments if one.url), None)
        if address is None:
            return None
        settings = self._settings
        try:
            content = self._photos.fetch(address)
            return read_codes(content, settings.photo_max_bytes, settings.photo_max_pixels)
        except (NotFetched, Unreadable) as error:
            # The address itself could lead to the photo and is not logged.
            _LOG.info(
                "photo_not_read",
                inbound_id=row.id,
                problem=str(error),
                correlation_id=row.correlation_id,
            )
            return None
