"""What a response needs of Starlette's, where that is not installed."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Response"]


class Response:
    """The head of a response, for an application of plain ASGI."""

    media_type: str | None = None

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Set ``raw_headers``, the content type among them."""
        told = {name.lower(): value for name, value in (headers or {}).items()}
        kind = self.media_type or "application/octet-stream"
        told.setdefault("content-type", f"{kind}; charset=utf-8" if kind[:5] == "text/" else kind)
        self.raw_headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in told.items()]
