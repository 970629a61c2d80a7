"""Seals on thoughts: opaque strings that a later turn must echo, and that can be checked."""

from __future__ import annotations

import base64
import hashlib
import hmac

__all__ = ["is_seal", "seal"]

# No secret: it only tells the simulator's own seals from other strings, in any process.
_KEY = b"chimeric-sim"


def seal(kind: str, text: str) -> str:
    """A signature of ``text`` that looks like a service's opaque blob."""
    digest = hmac.new(_KEY, f"{kind}\n{text}".encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x12\xf3\x02\x0a" + digest * 2).decode()


def is_seal(kind: str, text: str, signature: object) -> bool:
    """Whether ``signature`` is the seal of ``text``."""
    return isinstance(signature, str) and hmac.compare_digest(
        seal(kind, text).encode(), signature.encode("utf-8", "replace")
    )
