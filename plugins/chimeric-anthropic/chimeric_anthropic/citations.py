"""Citations of Anthropic's answers.

They stand for the whole text block that they come with: the offsets in them point into the
source.
"""

from __future__ import annotations

from typing import Any

from chimeric import Citation

from .values import as_object, as_text


def citation(native: Any) -> Citation:
    """A citation in unified form.

    Example:
        >>> citation({"type": "char_location", "cited_text": "Tides.", "document_index": 2}).source
        '2'
    """
    told = as_object(native)
    url, source = as_text(told.get("url")), as_text(told.get("source"))
    if url is None and source and source.startswith(("http://", "https://")):
        url, source = source, None  # search results of the caller, whose source is an address
    title = as_text(told.get("title")) or as_text(told.get("document_title"))
    if url is None and source is None:
        index = told.get("document_index")
        place = None if index is None else str(index)
        source = as_text(told.get("file_id")) or title or place
    text = as_text(told.get("cited_text"))
    return Citation(url=url, title=title, text=text, source=source, native=native)
