"""Signatures of thoughts: opaque strings that a later turn must echo, and that can be checked."""

from __future__ import annotations

import base64
import hashlib
import hmac

__all__ = ["Signer"]


class Signer:
    """Signs with a key, and tells its own signatures from other strings.

    Example:
        >>> signer = Signer(b"any key")
        >>> signer.verify("thought", "Let me see.", signer.sign("thought", "Let me see."))
        True
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, kind: str, text: str) -> str:
        """A signature of ``text`` that looks like a service's opaque blob."""
        digest = hmac.new(self._key, f"{kind}\n{text}".encode(), hashlib.sha256).digest()
        return base64.b64encode(b"\x12\xf3\x02\x0a" + digest * 2).decode()

    def verify(self, kind: str, text: str, signature: object) -> bool:
        """Whether ``signature`` is this signer's signature of ``text``."""
        return isinstance(signature, str) and hmac.compare_digest(
            self.sign(kind, text).encode(), signature.encode("utf-8", "replace")
        )
