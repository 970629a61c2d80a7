"""Keys of Bedrock: a bearer key, or a signature."""

from __future__ import annotations

from chimeric_dialects.converse import Converse
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

__all__ = ["Signed", "is_signed"]

_CONVERSE = Converse()


def is_signed(request: Request) -> bool:
    """Whether a request is signed as AWS wants it."""
    return request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")


class Signed:
    """What Converse does with keys, for other protocols at its hosts."""

    def key(self, request: Request) -> str | None:
        """The bearer key, or the id of the key pair."""
        return _CONVERSE.key(request)

    def authenticate(self, request: Request, service: Service) -> None:
        """Check the key, or the signature.

        Raises:
            Problem: where the real service refuses it.
        """
        _CONVERSE.authenticate(request, service)
