"""The size of a prompt, counted in the simulator's own tokens."""

from __future__ import annotations

import re

from chimeric_dialects import Prompt

__all__ = ["count_tokens", "input_tokens", "tokenise"]

_TOKEN = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")


def tokenise(text: str) -> list[str]:
    """Cut text into pieces of the size of real tokens; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """How many pieces ``tokenise`` makes."""
    return len(_TOKEN.findall(text))


def input_tokens(prompt: Prompt) -> int:
    """Tokens of the whole history and of the tools."""
    total = 3
    for turn in prompt.turns:
        total += 4 + count_tokens(turn.text)
        total += sum(count_tokens(c.name) + count_tokens(c.arguments) for c in turn.calls)
        total += sum(count_tokens(r.text) for r in turn.results)
    return total + sum(8 + count_tokens(str(tool.schema)) for tool in prompt.tools)
