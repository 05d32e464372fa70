"""Bodies nobody read: taken off the line, so that the answer arrives.

A request may be answered before its body was read (no key, too often, signed out, too large). A
server that then closes the connection on unread bytes resets it; a proxy reads that as a failure,
and a caller with a wrong key would be told 502 instead of 401 and try for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: As much as the largest upload of the console; a proxy in front bounds each address closer.
_MOST_BYTES = 50 * 1024 * 1024
_PIECE = 256 * 1024


def reading_on(application: WSGIApplication) -> WSGIApplication:
    """The application; what it leaves unread of a body is read and forgotten before its answer."""

    def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = application(environ, start_response)
        length = environ.get("CONTENT_LENGTH")
        if (length and length != "0") or environ.get("HTTP_TRANSFER_ENCODING"):
            _forget(environ)
        return answer

    return asked


def _forget(environ: WSGIEnvironment) -> None:
    # Where the server does not end the stream itself, reading on would wait for ever.
    if not environ.get("wsgi.input_terminated"):
        return
    left = _MOST_BYTES
    try:
        while left > 0 and (piece := environ["wsgi.input"].read(min(_PIECE, left))):
            left -= len(piece)
    except OSError:
        return  # the caller has gone: nobody waits for the answer either
