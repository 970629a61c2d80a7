"""System prompt and messages of Messages."""

from __future__ import annotations

from typing import Any, Final

from chimeric_gateway.answering.carrying import unpack
from chimeric_gateway.answering.signatures import is_our_source, is_ours
from chimeric_gateway.call_ids import MESSAGES_IDS
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .fields import anthropic_words

__all__ = ["read_system", "read_turns"]

ROLES: Final = ("user", "assistant", "system")
BETWEEN: Final = "\n\n"


def read_system(system: Any) -> list[dict[str, Any]]:
    """The system prompt as one message, none where it says nothing; blocks are paragraphs.

    Raises:
        Refusal: 400 for what is neither text nor blocks of text.
    """
    if system is None or system == "":
        return []
    if isinstance(system, str):
        return [{"role": "system", "content": system}]
    if not is_array(system):
        raise anthropic_words("system", "string", system)
    blocks = _blocks(system, "system")
    texts = [block for block in blocks if block.get("type") == "text"]
    if not texts:
        return []
    if not any("cache_control" in block for block in texts):
        return [{"role": "system", "content": BETWEEN.join(b["text"] for b in texts)}]
    parts = [{**b, "text": b["text"].rstrip("\n") + BETWEEN} for b in texts[:-1]]
    return [{"role": "system", "content": [*parts, texts[-1]]}]


def read_turns(messages: Any) -> list[dict[str, Any]]:
    """The messages as the core reads them.

    Thoughts that were signed here become plain reasoning, which no provider is to check; empty
    texts are left out, and ids of calls are the upstream's again.

    Raises:
        Refusal: 400 for what is no list of messages.
    """
    if messages is None:
        raise Refusal(400, "messages: Field required", param="messages")
    if not is_array(messages):
        raise anthropic_words("messages", "array", messages)
    found: list[dict[str, Any]] = []
    for place, raw in enumerate(messages):
        path = f"messages.{place}"
        if not is_object(raw):
            raise anthropic_words(path, "object", raw)
        message = raw
        role = message.get("role")
        if role is None:
            raise Refusal(400, f"{path}.role: Field required", param=f"{path}.role")
        if role not in ROLES:
            raise Refusal(
                400,
                f"messages: Unexpected role {role!r}. Allowed roles are 'user', 'assistant' or "
                "'system'",
                param=f"{path}.role",
            )
        content = message.get("content")
        if is_array(content):
            content = _blocks(content, f"{path}.content")
        elif not (content is None or isinstance(content, str)):
            raise anthropic_words(f"{path}.content", "message", content)
        told = {"role": role, "content": content}
        if role == "assistant":
            found.append(_answer(told))
        elif content:
            found.append(told)
    if not found:
        raise Refusal(400, "messages: at least one message is required", param="messages")
    return found


def _answer(told: dict[str, Any]) -> dict[str, Any]:
    content = told["content"]
    if not content:
        return {**told, "content": ""}
    if isinstance(content, str):
        return told
    ours = [block for block in content if _is_thought(block) and _is_unsigned(block)]
    if not ours:
        return told
    told["content"] = [block for block in content if block not in ours] or ""
    thoughts = [str(block.get("thinking") or "") for block in ours]
    if reasoning := BETWEEN.join(filter(None, thoughts)):
        told["reasoning"] = reasoning
    for block in ours:
        state = unpack(str(block.get("signature") or ""))
        if state is not None:
            told["state"] = state
    return told


def _is_thought(block: dict[str, Any]) -> bool:
    return block.get("type") == "thinking"


def _is_unsigned(block: dict[str, Any]) -> bool:
    signature = block.get("signature")
    return not signature or is_ours(signature)


def _blocks(blocks: Any, path: str) -> list[dict[str, Any]]:
    """Blocks without empty texts, with the upstream's ids."""
    found = (_block(block, f"{path}.{n}") for n, block in enumerate(blocks))
    return [block for block in found if block is not None]


def _block(raw: Any, path: str) -> dict[str, Any] | None:
    if isinstance(raw, str):
        return {"type": "text", "text": raw} if raw else None
    if not is_object(raw):
        raise anthropic_words(path, "object", raw)
    block = dict(raw)
    kind = block.get("type")
    if not isinstance(kind, str):
        if "text" not in block:
            raise Refusal(400, f"{path}.type: Field required", param=f"{path}.type")
        kind = block["type"] = "text"
    match kind:
        case "text":
            return _text(block, path)
        case "tool_use":
            return _call(block, path)
        case "tool_result":
            return _result(block, path)
        case "image" | "document":
            _check_source(block, path)
        case _:
            pass
    return block


def _text(block: dict[str, Any], path: str) -> dict[str, Any] | None:
    text = block.get("text")
    if not isinstance(text, str):
        if text is None:
            raise Refusal(400, f"{path}.text: Field required", param=f"{path}.text")
        raise anthropic_words(f"{path}.text", "string", text)
    if not text:
        return None
    cited = block.get("citations")
    if is_array(cited) and any(is_object(c) and is_our_source(c) for c in cited):
        del block["citations"]
    return block


def _call(block: dict[str, Any], path: str) -> dict[str, Any]:
    name = block.get("name")
    if not isinstance(name, str) or not name:
        raise Refusal(400, f"{path}.name: Field required", param=f"{path}.name")
    if not is_object(block.get("input", {})):
        raise anthropic_words(f"{path}.input", "object", block["input"])
    return {**block, "id": _identity(block.get("id"), f"{path}.id")}


def _result(block: dict[str, Any], path: str) -> dict[str, Any]:
    content = block.get("content")
    if is_array(content):
        block["content"] = _blocks(content, f"{path}.content")
    elif not (content is None or isinstance(content, str)):
        raise anthropic_words(f"{path}.content", "message", content)
    block["tool_use_id"] = _identity(block.get("tool_use_id"), f"{path}.tool_use_id")
    return block


def _identity(identity: Any, path: str) -> str:
    if identity is None:
        raise Refusal(400, f"{path}: Field required", param=path)
    if not isinstance(identity, str):
        raise anthropic_words(path, "string", identity)
    return MESSAGES_IDS.read(identity)


def _check_source(block: dict[str, Any], path: str) -> None:
    source = block.get("source")
    if source is None:
        raise Refusal(400, f"{path}.source: Field required", param=f"{path}.source")
    if not is_object(source):
        raise anthropic_words(f"{path}.source", "object", source)
    for name in ("data", "url", "media_type", "file_id"):
        if not isinstance(source.get(name, ""), str):
            raise anthropic_words(f"{path}.source.{name}", "string", source[name])
