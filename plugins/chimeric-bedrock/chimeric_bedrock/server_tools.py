"""Tools that the service runs, as the blocks of their calls and results tell of them."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from chimeric import ServerToolChunk

from .content import Block
from .values import as_object, as_text

Kind: TypeAlias = Literal["web_search", "web_fetch", "code_execution", "tool_search", "other"]
Status: TypeAlias = Literal["started", "input_streaming", "running", "completed"]


def call_chunk(call: Block, status: Status, **fields: Any) -> ServerToolChunk:
    """What a call's block says."""
    name = as_text(call.value.get("name")) or call.kind
    return ServerToolChunk(id=call.told_id, kind=_kind(name), name=name, status=status, **fields)


def running(call: Block, status: Status = "running") -> ServerToolChunk:
    """The end of a call: its input is whole, its result follows."""
    native = call.content()
    given = as_object(native["toolUse"]["input"])
    return call_chunk(call, status, input=_input(call, given), native=native)


def other(block: Block, status: Status) -> ServerToolChunk:
    """A block of another kind, which is no text, no call and no result."""
    native = block.content() if status == "completed" else None
    return ServerToolChunk(id=block.told_id, name=block.kind, status=status, native=native)


def settled(result: Block, call: Block | None) -> ServerToolChunk:
    """The result of a call. A command that fails is a result like any other."""
    failed = result.value.get("status") == "error"
    name = (as_text(result.value.get("type")) or result.kind).removesuffix("_result")
    if call is not None:
        name = as_text(call.value.get("name")) or name
    kind, items = _kind(name), [_item(item) for item in result.items]
    output: Any = items[0] if len(items) == 1 else items
    if not failed and kind == "code_execution" and isinstance(output, dict):
        output = _run(as_object(output))
    elif not failed and kind in ("web_search", "web_fetch"):
        output = [item for item in items if item]
    status: Literal["completed", "failed"] = "failed" if failed else "completed"
    return ServerToolChunk(id=result.told_id, kind=kind, name=name, status=status, output=output)


def _kind(name: str) -> Kind:
    """Claude's tools have Anthropic's names here, Nova's their own."""
    if name.endswith(("code_interpreter", "code_execution")):
        return "code_execution"
    if name.endswith(("grounding", "web_search")):
        return "web_search"
    if name.startswith("tool_search"):
        return "tool_search"
    return "web_fetch" if name == "web_fetch" else "other"


def _input(call: Block, given: dict[str, Any]) -> dict[str, Any]:
    """Input in unified form."""
    match _kind(as_text(call.value.get("name")) or ""), given:
        case "code_execution", {"snippet": str(code), **rest}:
            return {"code": code, "language": "python", **rest}
        case "code_execution", {"code": str()}:
            return {"language": "python", **given}
        case "code_execution", {"command": str(command), **rest} if not rest:
            return {"commands": [command]}
        case "web_search", {"query": str(query), **rest}:
            return {"queries": [query], **rest}
        case "web_fetch", {"url": str(url), **rest}:
            return {"urls": [url], **rest}
        case _:
            return given


def _item(told: Any) -> Any:
    """What an item of a result holds; Nova writes its JSON as text, too."""
    item = as_object(told)
    if "json" in item:
        return item["json"]
    text = item.get("text")
    if not isinstance(text, str):
        return told
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return text
    return as_object(value) if isinstance(value, dict) else text


def _run(item: dict[str, Any]) -> dict[str, Any]:
    """What a run of code came to."""
    names = {"stdOut": "stdout", "stdErr": "stderr", "exitCode": "exit_code"}
    told = {name: item[key] for key, name in names.items() if item.get(key) is not None}
    return {**told, "files": []} if told else item
