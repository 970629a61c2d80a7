"""How many tokens a request will take, before anybody knows."""

from __future__ import annotations

from typing import Final

import msgspec

from chimeric import AudioPart, FilePart, ImagePart, Request, TextPart

__all__ = ["answer_tokens", "prompt_tokens", "text_tokens"]

BYTES: Final = 4
"""Bytes of UTF-8 for each token: English has about four letters, Chinese one sign."""

PICTURE: Final = 1000
"""Tokens of a picture, a sound or a file, as far as one can tell without looking at it."""

MESSAGE: Final = 4
"""Tokens around each message."""


def prompt_tokens(request: Request) -> int:
    """Tokens of all that is sent, roughly.

    Example:
        >>> from chimeric import Message
        >>> prompt_tokens(Request(model="m", messages=(Message("user", "a" * 400),)))
        104
    """
    tokens = 0
    for message in request.messages:
        tokens += MESSAGE + text_tokens(message.reasoning or "")
        tokens += sum(text_tokens(call.arguments) for call in message.tool_calls)
        for part in message.parts:
            if isinstance(part, TextPart):
                tokens += text_tokens(part.text)
            elif isinstance(part, (ImagePart, FilePart, AudioPart)):
                tokens += PICTURE
    for tool in request.tools:
        told = (tool.name, tool.description, tool.native or dict(tool.parameters))
        tokens += len(msgspec.json.encode(told, enc_hook=repr)) // BYTES
    return tokens


def answer_tokens(request: Request, usual: int) -> int:
    """Tokens that are set aside for the answer: what is usual, or less where it may not be more."""
    return usual if request.max_tokens is None else min(usual, request.max_tokens)


def text_tokens(text: str) -> int:
    """Tokens of a text, roughly."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES)
