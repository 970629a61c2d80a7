"""What a line shows besides text: pictures, and how probable its tokens were."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import GeneratedFile, ImagePart, TokenLogprob

__all__ = ["pictures", "tokens"]

SIGNATURES = {
    "iVBOR": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}
"""How pictures begin in base64; Ollama does not say what they are."""


class _Token(msgspec.Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_Token] | None = None


def pictures(images: list[Any], known: list[Any]) -> tuple[GeneratedFile, ...]:
    """The pictures of a line that are not among those before it."""
    told, every = _distinct(known), _distinct([*known, *images])
    return tuple(
        GeneratedFile(f"image_{place}", ImagePart(data=image, media_type=_media_type(image)))
        for place, image in enumerate(every)
        if place >= len(told)
    )


def tokens(told: list[Any]) -> tuple[TokenLogprob, ...]:
    """The tokens of a line; what is none is passed over."""
    found: list[TokenLogprob] = []
    for entry in told:
        try:
            token = msgspec.convert(entry, _Token)
        except msgspec.ValidationError:
            continue
        top = (TokenLogprob(best.token, best.logprob) for best in token.top_logprobs or ())
        found.append(TokenLogprob(token.token, token.logprob, tuple(top)))
    return tuple(found)


def _distinct(images: list[Any]) -> list[str]:
    return list(dict.fromkeys(image for image in images if isinstance(image, str)))


def _media_type(image: str) -> str | None:
    return next((kind for start, kind in SIGNATURES.items() if image.startswith(start)), None)
