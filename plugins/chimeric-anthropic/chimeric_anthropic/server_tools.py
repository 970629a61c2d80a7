"""Tools that Anthropic runs, as the blocks of their calls and results tell of them."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from chimeric import FilePart, GeneratedFile, ServerToolChunk

from .content import Block
from .values import as_list, as_object, as_text

Kind: TypeAlias = Literal[
    "web_search", "web_fetch", "code_execution", "mcp", "tool_search", "other"
]
Status: TypeAlias = Literal["started", "input_streaming", "running", "completed"]

KINDS: Final[dict[str, Kind]] = {
    "web_search": "web_search",
    "web_fetch": "web_fetch",
    "mcp": "mcp",
}


def call_chunk(call: Block, status: Status, **fields: Any) -> ServerToolChunk:
    """What a call's block says."""
    kind, name = _named(call)
    return ServerToolChunk(id=call.told_id, kind=kind, name=name, status=status, **fields)


def begun(call: Block) -> ServerToolChunk:
    """The start of a call; calls that come from code have all of their input here."""
    given = call.given()
    return call_chunk(call, "started", input=_input(call, given) if given else None)


def running(call: Block, status: Status = "running") -> ServerToolChunk:
    """The end of a call: its input is whole, its result follows."""
    native = call.content()
    return call_chunk(call, status, input=_input(call, as_object(native["input"])), native=native)


def other(block: Block, status: Status) -> ServerToolChunk:
    """A block of another kind, which is no text, no call and no result."""
    native = block.told() if status == "completed" else None
    return ServerToolChunk(id=block.told_id, name=block.kind, status=status, native=native)


def settled(result: dict[str, Any], id_: str, call: Block | None) -> ServerToolChunk:
    """The result of a call. A command that fails is a result like any other."""
    content = result.get("content")
    failed = bool(result.get("is_error"))
    failed = failed or str(as_object(content).get("type")).endswith("_error")
    name = str(result.get("type")).removesuffix("_tool_result")
    kind = _kind(name)
    if call is not None:
        kind, name = _named(call)
    return ServerToolChunk(
        id=id_,
        kind=kind,
        name=name,
        status="failed" if failed else "completed",
        output=_text(content) if failed or kind == "mcp" else _output(kind, content),
    )


def files_of(output: Any) -> tuple[GeneratedFile, ...]:
    """The files that code has made."""
    return tuple(as_object(output).get("files") or ())


def uploaded(block: Block) -> tuple[GeneratedFile, ...]:
    """The file of a ``container_upload``."""
    id_ = as_text(block.value.get("file_id"))
    return (GeneratedFile(id_, FilePart(file_id=id_)),) if id_ else ()


def _named(call: Block) -> tuple[Kind, str]:
    name = as_text(call.value.get("name")) or call.kind
    return "mcp" if call.kind == "mcp_tool_use" else _kind(name), name


def _kind(name: str) -> Kind:
    if name.endswith("code_execution"):
        return "code_execution"
    if name.startswith("tool_search"):
        return "tool_search"
    return KINDS.get(name, "other")


def _input(call: Block, given: dict[str, Any]) -> dict[str, Any]:
    """Input in unified form."""
    value = call.value
    if call.kind == "mcp_tool_use":
        named = {"server": value.get("server_name"), "name": value.get("name")}
        return {**named, "arguments": given}
    match value.get("name"), given:
        case "web_search", {"query": str(query), **rest}:
            return {"queries": [query], **rest}
        case "web_fetch", {"url": str(url), **rest}:
            return {"urls": [url], **rest}
        case "code_execution", {"code": str()}:
            return {"language": "python", **given}
        case "bash_code_execution", {"command": str(command), **rest}:
            return {"commands": [command], **rest}
        case _:
            return given


def _output(kind: Kind, content: Any) -> Any:
    match kind, content:
        case "web_search", list():
            return [_page(as_object(item)) for item in as_list(content)]
        case "web_fetch", dict():
            return [_page(as_object(content))]
        case "code_execution", {"return_code": _}:
            return _run(as_object(content))
        case "tool_search", {"tool_references": found}:
            return [as_object(item).get("tool_name") for item in as_list(found)]
        case _:
            return content


def _page(item: dict[str, Any]) -> dict[str, Any]:
    """A page that was found or fetched."""
    document = as_object(item.get("content"))
    source = as_object(document.get("source"))
    page = {
        "url": item.get("url"),
        "title": item.get("title") or document.get("title"),
        "text": source.get("data") if source.get("type") == "text" else None,
        "date": item.get("page_age"),
    }
    return {name: value for name, value in page.items() if value is not None}


def _run(content: dict[str, Any]) -> dict[str, Any]:
    """What a run of code came to."""
    made = [as_text(as_object(item).get("file_id")) for item in as_list(content.get("content"))]
    told = {name: content.get(name) for name in ("stdout", "stderr", "abort_reason")}
    return {
        **{name: value for name, value in told.items() if value is not None},
        "exit_code": content["return_code"],
        "files": [GeneratedFile(id_, FilePart(file_id=id_)) for id_ in made if id_],
    }


def _text(content: Any) -> Any:
    """The text of content that is a single one; else the blocks as they are."""
    match content:
        case [{"type": "text", "text": str(text)}]:
            return text
        case _:
            return content
