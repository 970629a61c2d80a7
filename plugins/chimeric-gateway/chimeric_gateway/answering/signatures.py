"""Signatures of thoughts that no provider signed in a form that Messages has."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from chimeric_dialects import Signer

from .carrying import PREFIX

__all__ = ["SIGNER", "UNSIGNED", "is_our_source", "is_ours"]

SIGNER: Final = Signer(b"chimeric-gateway")
"""Seals sources that no search of Anthropic's found. It is no secret: it tells them apart."""

UNSIGNED: Final = base64.b64encode(b"chimeric-gateway: this thought has no signature").decode()
"""Clients drop or refuse a thinking block that has none at all."""


def is_ours(signature: object) -> bool:
    """Whether a block that comes back was signed here: no provider can check it.

    Example:
        >>> is_ours(UNSIGNED), is_ours("EvMCCkYI")
        (True, False)
    """
    return isinstance(signature, str) and (signature == UNSIGNED or signature.startswith(PREFIX))


def is_our_source(citation: Mapping[str, Any]) -> bool:
    """Whether a source that comes back was sealed here: Anthropic knows no such page."""
    return SIGNER.verify("index", str(citation.get("url")), citation.get("encrypted_index"))
