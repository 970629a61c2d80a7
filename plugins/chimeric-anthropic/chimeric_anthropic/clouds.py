"""What clouds that serve Claude do not take of the Messages API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import ModelNotSupportedError

from .values import as_list, as_object


def refuse_sources(body: Mapping[str, Any], service: str, *kinds: str) -> None:
    """Refuse pictures and documents whose source is of one of these types.

    Raises:
        ModelNotSupportedError: for a picture or document that is told by its URL or its file.

    Example:
        >>> refuse_sources({"messages": [{"role": "user", "content": "Hi"}]}, "Vertex AI", "url")
    """
    for message in as_list(body.get("messages")):
        for block in as_list(as_object(message).get("content")):
            kind = as_object(as_object(block).get("source")).get("type")
            if kind in kinds:
                what = "fetches no URL" if kind == "url" else "keeps no files"
                raise ModelNotSupportedError(
                    f"{service} {what}: pass the bytes of the image or document"
                )
