"""What a request is authenticated with, where a plugin brings it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from chimeric.values.secrets import Secret

__all__ = ["Credentials"]

MARGIN: Final = 30.0
"""Seconds before its end from which on a credential is not used again."""


class Credentials(msgspec.Struct, frozen=True):
    """What ``chimeric_credentials`` returns: a key or token, and what goes with it.

    Attributes:
        secret: the key or token; sent as the provider declares (or signs with).
        fields: more that a provider signs with, by name (``session_token``, ``key_id``);
            ``chimeric_sign_request`` gets them as ``fields``.
        headers: headers to send with each request.
        expires_at: seconds since the epoch, as ``time.time()`` counts them, at which it ends;
            None for never. It is not used in its last 30 seconds.

    All of it is masked wherever it could be shown.

    Example:
        >>> Credentials("token-1234567890abcdef", expires_at=2e9)
        Credentials(Secret('***cdef'), expires_at=2000000000.0)
    """

    secret: str | Secret
    fields: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    expires_at: float | None = None

    def fresh(self) -> bool:
        """Whether it can be used for another request."""
        return self.expires_at is None or self.expires_at - MARGIN > time.time()

    def key(self) -> Secret:
        """The key as a ``Secret``."""
        return self.secret if isinstance(self.secret, Secret) else Secret(self.secret)

    def secrets(self) -> Iterator[Secret]:
        """Everything in it that must not be shown."""
        yield self.key()
        for value in (*self.fields.values(), *self.headers.values()):
            yield Secret(value)

    def __repr__(self) -> str:
        return f"Credentials({self.key()!r}, expires_at={self.expires_at!r})"
