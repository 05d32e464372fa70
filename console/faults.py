"""When a page fails: a sentence for the person, one line for the log, never a trace."""

from __future__ import annotations

import secrets

from flask import Response, g, request
from sqlalchemy.exc import InternalError, OperationalError
from werkzeug.exceptions import HTTPException

import journal
from console.frame import Console

_LOG = journal.get("console")
_SENTENCES = {
    400: "Yêu cầu không đúng dạng. Xin quay lại trang trước và thử lại.",
    404: "Không có trang này.",
    405: "Trang này không nhận thao tác như vậy. Xin quay lại và bấm nút trên trang.",
    413: "Tệp hoặc nội dung gửi lên quá lớn.",
    415: "Loại tệp này không dùng được.",
}


def install(console: Console) -> None:
    """Answer every failure of a page of the console with a page of its own."""

    @console.blueprint.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        status = error.code or 500
        return _page(console, _SENTENCES.get(status, _SENTENCES[400]), status)

    @console.blueprint.errorhandler(InternalError)
    @console.blueprint.errorhandler(OperationalError)
    def away(error: OperationalError | InternalError) -> Response:
        _LOG.error("database_away", error_type=type(error).__name__)
        return _page(
            console, "Cơ sở dữ liệu đang bận hoặc mất kết nối. Xin thử lại sau ít phút.", 503
        )

    @console.blueprint.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        mark = secrets.token_hex(4)
        _LOG.error(
            "page_failed",
            error_type=type(error).__name__,
            where=journal.place(error),
            path=request.url_rule.rule if request.url_rule else "",
            correlation_id=mark,
        )
        return _page(
            console,
            f"Có lỗi trong hệ thống; việc vừa làm chưa được ghi. Báo người vận hành mã {mark}.",
            500,
        )


def _page(console: Console, sentence: str, status: int) -> Response:
    # The navigation counts what waits: a page about a missing database must not ask it.
    g.person = None
    return console.refuse(sentence, status=status)
