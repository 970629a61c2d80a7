"""Citations of Converse.

They stand for the whole text block that they come with: the offsets in them point into the
source.
"""

from __future__ import annotations

from typing import Any

from chimeric import Citation

from .values import as_list, as_object, as_text


def citation(native: Any) -> Citation:
    """A citation in unified form.

    Example:
        >>> citation({"title": "T", "location": {"web": {"url": "https://a.example"}}}).url
        'https://a.example'
    """
    told = as_object(native)
    location = as_object(told.get("location"))
    url, source = as_text(as_object(location.get("web")).get("url")), as_text(told.get("source"))
    if url is None and source and source.startswith(("http://", "https://")):
        url, source = source, None
    title = as_text(told.get("title"))
    if url is None and source is None:
        places = [as_object(place) for place in location.values()]
        indexes = [p[n] for p in places for n in ("documentIndex", "searchResultIndex") if n in p]
        source = title or (str(indexes[0]) if indexes else None)
    quoted = [as_text(as_object(item).get("text")) for item in as_list(told.get("sourceContent"))]
    text = "".join(text for text in quoted if text) or None
    return Citation(url=url, title=title, text=text, source=source, native=native)
