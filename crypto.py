"""Keys derived from ``SECRET_KEY``: encryption at rest and keyed hashes of identity numbers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Undecipherable(Exception):
    """A stored secret was written with another ``SECRET_KEY``."""


class Vault:
    """Everything that needs the secret key, each purpose with a key of its own (RFC 5869)."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._key("tokens at rest")))
        self._id_key = self._key("identity numbers")
        self._code_key = self._key("one-time codes")
        self._audit_key = self._key("audit chain")
        self._csrf_key = self._key("forms of the console")
        self._address_key = self._key("addresses of callers")

    def _key(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self._secret)

    def encrypt(self, plain: str) -> str:
        """Authenticated encryption (Fernet) of a secret that must be read back."""
        return self._fernet.encrypt(plain.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """The secret back; `Undecipherable` when it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Undecipherable("sealed with another SECRET_KEY") from error

    def seal(self, content: bytes) -> bytes:
        """`encrypt` for the bytes of a file."""
        return self._fernet.encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        """The file's bytes back; `Undecipherable` when it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Undecipherable("sealed with another SECRET_KEY") from error

    def identity_hash(self, number: str) -> str:
        """Keyed hash of an identity number: comparable, not readable (domain 4.5)."""
        return hmac.new(self._id_key, number.encode(), hashlib.sha256).hexdigest()

    def code_hash(self, scope: str, code: str) -> str:
        """Keyed hash of a one-time code, bound to what it was issued for."""
        return hmac.new(self._code_key, f"{scope}\0{code}".encode(), hashlib.sha256).hexdigest()

    def audit_seal(self, text: str) -> str:
        """Keyed hash of an audit entry: who can write to the database still cannot forge it."""
        return hmac.new(self._audit_key, text.encode(), hashlib.sha256).hexdigest()

    def address_hash(self, address: str) -> str:
        """Keyed hash under which what comes from a network address is counted.

        Of IPv6 the network (/64) counts: one connection may use any address in it.
        """
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            source = ""
        else:
            mapped = getattr(found, "ipv4_mapped", None)
            wide = found.version == 6 and mapped is None
            network = ipaddress.ip_network(f"{found}/64", strict=False) if wide else None
            source = str(network or mapped or found)
        return hmac.new(self._address_key, source.encode(), hashlib.sha256).hexdigest()[:24]

    def form_token(self, session: str) -> str:
        """What proves that a form was made for this session of the console (CSRF)."""
        return hmac.new(self._csrf_key, session.encode(), hashlib.sha256).hexdigest()


def api_key_hash(key: str) -> str:
    """API keys carry 256 random bits, so a plain digest is enough to store them."""
    return hashlib.sha256(key.encode()).hexdigest()
