"""Whether thoughts are wanted, in the words of each service."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child

__all__ = ["wants_thoughts"]


def wants_thoughts(body: dict[str, Any]) -> bool | None:
    """Whether a body asks for thoughts; None where it leaves that to the model.

    ``reasoning_effort`` is OpenAI's; ``thinking`` DeepSeek's, Moonshot's, Z.ai's and Fireworks',
    ``enable_thinking`` DashScope's, ``reasoning`` OpenRouter's and Together's, and
    ``chat_template_kwargs`` what servers of open models read (vLLM, NVIDIA).

    Example:
        >>> wants_thoughts({"thinking": {"type": "disabled"}}), wants_thoughts({})
        (False, None)
    """
    if (effort := body.get("reasoning_effort")) is not None:
        return bool(effort != "none")
    if kind := child(body, "thinking").get("type"):
        return bool(kind != "disabled")
    if (switch := body.get("enable_thinking")) is not None:
        return bool(switch)
    if said := child(body, "reasoning"):
        return said.get("enabled") is not False and said.get("effort") != "none"
    told = child(body, "chat_template_kwargs")
    found = [told[name] for name in ("enable_thinking", "thinking") if name in told]
    return bool(found[0]) if found else None
