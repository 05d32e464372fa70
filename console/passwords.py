"""Passwords: Argon2id, long enough, and not one that everybody tries first (NIST SP 800-63B 3.1.1)."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 128
#: zxcvbn's scale: 3 = safely unguessable online.
_ENOUGH = 3
#: The library looks at the first 72 characters; more cost it much time.
_LOOKED_AT = 72
#: What people here try first and a list of English passwords does not know.
_LOCAL = ["matkhau", "anhyeuem", "emyeuanh", "motcua", "hanhchinh", "vietnam", "zalo", "ubnd"]
_HASHER = PasswordHasher()
#: A check takes 64 MB for a tenth of a second: many at once would fill a small server.
_ONE = threading.Semaphore(2)


def weakness(password: str, *about: str) -> str:
    """Why a new password is refused, in words for its owner; "" when it is good.

    ``about`` are words an attacker would try: the username, the person's name, the province.
    """
    if len(password) < SHORTEST:
        return f"Mật khẩu phải có ít nhất {SHORTEST} ký tự. Nên dùng một câu dễ nhớ."
    if len(password) > LONGEST:
        return f"Mật khẩu dài nhất {LONGEST} ký tự."
    # Its lists of names and words take 15 MB: read when somebody chooses a password.
    from zxcvbn import zxcvbn

    guessed = [word for text in about for word in (text, *text.split()) if word]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=[*_LOCAL, *guessed])["score"] < _ENOUGH:
        return "Mật khẩu này dễ đoán (từ phổ biến, dãy phím, tên người). Xin chọn câu khác."
    return ""


def hashed(password: str) -> str:
    """The Argon2id hash to store."""
    with _ONE:
        return _HASHER.hash(password)


#: Checked when the username is unknown, so that the answer takes as long.
_NOBODY = hashed("nobody has this password")


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one; takes the same time when there is no account."""
    with _ONE:
        try:
            _HASHER.verify(stored or _NOBODY, password[: LONGEST * 4])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)
