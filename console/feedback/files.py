"""Photos and documents of feedback: photos in the page, documents only ever as a download."""

from __future__ import annotations

from flask import request

from console.access import Act
from console.auditing import declare
from console.feedback.words import theirs
from console.frame import Answer, Console
from feedback.documents import MIMETYPES
from store import feedback_files, stored_files

declare("feedback.file_opened", "Mở ảnh, tệp của phản ánh", "file")


def add(console: Console) -> None:
    """Add the one address files are served from."""

    @console.page("/phan-anh/tep/<int:file_id>", may=Act.view_feedback)
    def feedback_file(file_id: int) -> Answer:
        small = request.args.get("nho") == "1"
        with console.database.read() as session:
            row = feedback_files.get(session, file_id)
            if row is None or row.feedback_id is None:
                return console.missing()
            owner = theirs(session, row.feedback_id)
            media = row.small_media if small and row.small_media else row.media
            stored = stored_files.get(session, media)
        if owner is None or stored is None:
            return console.missing()
        if not small:
            console.looked("feedback.file_opened", "feedback", owner.code, file=file_id)
        if row.kind == "photo":
            answer = console.download(
                stored.content, f"{owner.code}-{file_id}.jpg", "image/jpeg", inline=True
            )
        else:
            kind = row.name.rpartition(".")[2]
            name = f"{owner.code}-{file_id}.{kind}"
            answer = console.download(
                stored.content, name, MIMETYPES.get(kind, "application/octet-stream")
            )
        # Whatever is in it, a browser runs nothing of it.
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer
