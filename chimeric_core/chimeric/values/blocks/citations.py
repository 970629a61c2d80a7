"""Where a piece of an answer comes from."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Citation"]


class Citation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A source that the model names for a piece of its text.

    Attributes:
        url: address of the source.
        title: its title, as the provider tells it.
        text: the quoted text of the source, where the provider gives it; never the answer's.
        start: first character of the block's text that it stands for; None for the whole block.
        end: the character behind the last one. Both count characters of the block's text as the
            provider sent it, which middleware may have changed since.
        source: what the source is where it has no address: the id of a document, a file or a
            tool call.
        native: the citation in the provider's own form.

    Example:
        >>> Citation(url="https://example.com/tides", title="Tides").url
        'https://example.com/tides'
    """

    url: str | None = None
    title: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None
    source: str | None = None
    native: Any = None
