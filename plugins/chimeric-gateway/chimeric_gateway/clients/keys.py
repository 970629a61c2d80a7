"""The keys of clients. Only their hashes are known."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from chimeric_gateway.config.settings import ClientSettings
from chimeric_gateway.refusal import Refusal

__all__ = ["Keys", "hash_of", "is_loopback", "new_key"]

HEADERS = ("x-api-key", "api-key")
"""Where Anthropic's and Azure's SDKs put their key; ``authorization`` counts before them."""

LONGEST = 4096
"""Bytes of a key that are looked at; a longer one is wrong."""


class Keys:
    """Finds the client that a key belongs to.

    All hashes are compared, each in the same time whatever it is, so that the time of an answer
    tells nothing about a key.

    Args:
        clients: by name; none: nobody needs a key.

    Example:
        >>> app = ClientSettings(name="app", key_hash=hash_of("secret"))
        >>> Keys({"app": app}).client_of({"authorization": "Bearer secret"}).name
        'app'
    """

    def __init__(self, clients: Mapping[str, ClientSettings]) -> None:
        self._clients = tuple(
            (bytes.fromhex(client.key_hash), client) for client in clients.values()
        )

    def client_of(self, headers: Mapping[str, str]) -> ClientSettings | None:
        """The client that asks; None where no client is set up.

        Args:
            headers: by name in small letters; the values' bytes are read as Latin-1.

        Raises:
            Refusal: 401, where no key is there, or one that belongs to nobody; 403 where nobody
                needs a key and a browser asks for a page of somewhere else.
        """
        if not self._clients:
            _refuse_strange_page(headers.get("origin", ""))
            return None
        key = _key(headers)
        found: ClientSettings | None = None
        digest = hashlib.sha256(key[:LONGEST]).digest()
        for known, client in self._clients:
            if hmac.compare_digest(known, digest):
                found = client
        if not key:
            raise Refusal(
                401,
                "a key is missing: send it as 'authorization: Bearer KEY' or 'x-api-key: KEY'",
                code="invalid_api_key",
            )
        if found is None or len(key) > LONGEST:
            raise Refusal(401, "this key is not known here", code="invalid_api_key")
        return found


def _key(headers: Mapping[str, str]) -> bytes:
    """The bytes of the key that a request brings, or nothing."""
    scheme, _, credentials = headers.get("authorization", "").strip().partition(" ")
    key = credentials if scheme.lower() == "bearer" else ""
    for name in HEADERS:
        key = key.strip() or headers.get(name, "")
    return key.strip().encode("latin-1", "replace")


def _refuse_strange_page(origin: str) -> None:
    """Any page of the web can make a browser post to loopback, where its user has a gateway.

    Schemes that are not the web's (``vscode-webview``, ``app``) are programs of this machine.

    Raises:
        Refusal: for a page that is not of this machine, or does not tell of what it is.
    """
    if not origin:
        return
    try:
        place = urlsplit(origin)
        host = place.hostname or ""
    except ValueError:
        place, host = urlsplit(""), ""
    local = is_loopback(host) if place.scheme in ("http", "https", "") else True
    if not local:
        text = "pages of other places may not use a gateway that needs no key; set up [clients]"
        raise Refusal(403, text, code="origin_not_allowed")


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, whatever a resolver says.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("example.com")
        (True, True, False)
    """
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return False


def hash_of(key: str) -> str:
    """The SHA-256 of a key's UTF-8 bytes, in hexadecimal digits.

    Example:
        >>> hash_of("secret")[:8]
        '2bb80d53'
    """
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """A key that nobody can guess: 256 bits.

    Example:
        >>> len(new_key()), new_key() == new_key()
        (47, False)
    """
    return f"cgw-{secrets.token_urlsafe(32)}"
