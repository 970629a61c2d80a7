"""What came of a tool, in one form for each kind, and the files that it made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from chimeric import GeneratedFile, ImagePart

from .kinds import Kind

__all__ = ["failed", "output_of", "picture"]

BEGINNINGS = {"iVBOR": "png", "/9j/": "jpeg", "UklGR": "webp", "R0lG": "gif"}
"""How the Base64 of a picture begins, by its format."""


def failed(value: Mapping[str, Any]) -> bool:
    """Whether an item says that its tool failed."""
    if value.get("error"):
        return True
    return value.get("status") in ("failed", "incomplete", "timed_out")


def output_of(kind: Kind, value: Mapping[str, Any], id: str) -> Any:
    """The output that an item tells; None or nothing where the provider keeps it to itself.

    Args:
        kind: of the tool.
        value: the item.
        id: of the tool; files that have no id of their own are named after it.
    """
    if failed(value) and not (kind == "code_execution" and _has_code_output(value)):
        return value.get("error") or value.get("output")
    reader = READERS.get(kind)
    return _given(value) if reader is None else reader(value, id)


def picture(data: str, id: str, format: object = None, *, partial: bool = False) -> GeneratedFile:
    """A picture by its URL, its data URL, or its Base64."""
    if data.startswith("data:") and ";base64," in data[:80]:
        head, _, data = data.partition(";base64,")
        media_type = head.removeprefix("data:")
    elif data.startswith(("http://", "https://", "data:")):
        return GeneratedFile(id, ImagePart(url=data), partial)
    else:
        known = (name for start, name in BEGINNINGS.items() if data.startswith(start))
        media_type = f"image/{format or next(known, 'png')}"
    return GeneratedFile(id, ImagePart(data=data, media_type=media_type), partial)


def _given(value: Mapping[str, Any]) -> Any:
    for name in ("output", "outputs", "result", "results"):
        if value.get(name) is not None:
            return value[name]
    return None


def _dicts(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    entries = cast("list[object]", value)
    return [cast("Mapping[str, Any]", entry) for entry in entries if isinstance(entry, Mapping)]


def _some(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _found(entry: Mapping[str, Any]) -> dict[str, Any]:
    return _some(
        url=entry.get("url"),
        title=entry.get("title") or entry.get("name"),
        text=entry.get("text") or entry.get("snippet") or entry.get("content"),
        date=entry.get("date"),
    )


def _search(value: Mapping[str, Any], id: str) -> list[dict[str, Any]]:
    action: Any = value.get("action")
    sources: Any = None
    if isinstance(action, Mapping):
        sources = cast("Mapping[str, Any]", action).get("sources")
    return [_found(entry) for entry in _dicts(sources or value.get("results"))]


def _fetch(value: Mapping[str, Any], id: str) -> list[dict[str, Any]]:
    pages = _dicts(value.get("contents") or value.get("results"))
    if not pages and (value.get("content") or value.get("title")):
        pages = [value]
    status = value.get("httpStatus")
    return [{**_found(page), **_some(status=page.get("status") if page is not value else status)}
            for page in pages]  # fmt: skip


def _files(value: Mapping[str, Any], id: str) -> list[dict[str, Any]]:
    return [
        _some(**{name: entry.get(name) for name in ("file_id", "filename", "score", "text")})
        for entry in _dicts(value.get("results"))
    ]


def _has_code_output(value: Mapping[str, Any]) -> bool:
    return not value.get("error") and bool(value.get("output") or value.get("outputs"))


def _code(value: Mapping[str, Any], id: str) -> dict[str, Any] | None:
    entries = [value]
    for name in ("outputs", "output", "results"):
        entries += _dicts(value.get(name))
    printed = _some(
        stdout=_joined(entries, "stdout", "logs"),
        stderr=_joined(entries, "stderr"),
        exit_code=_exit_code(entries),
    )
    text = value.get("output") or value.get("result")
    if isinstance(text, str):
        printed.setdefault("stdout", text)
    images = [entry["url"] for entry in entries if isinstance(entry.get("url"), str)]
    if images:
        printed["files"] = [picture(url, f"{id}_{n}") for n, url in enumerate(images)]
    return printed or None


def _joined(entries: Iterable[Mapping[str, Any]], *names: str) -> str | None:
    told = [entry[name] for entry in entries for name in names if isinstance(entry.get(name), str)]
    return "".join(told) if told else None


def _exit_code(entries: Iterable[Mapping[str, Any]]) -> int | None:
    """The code of the first command that failed, or of the last one."""
    last: int | None = None
    for entry in entries:
        outcome: Any = entry.get("outcome") or entry
        told = cast("Mapping[str, Any]", outcome) if isinstance(outcome, Mapping) else entry
        code = told.get("exit_code", told.get("exitCode"))
        if isinstance(code, int):
            last = code
            if code:
                break
    return last


def _picture(value: Mapping[str, Any], id: str) -> GeneratedFile | None:
    data = value.get("result") or value.get("imageUrl")
    if not isinstance(data, str) or not data:
        return None
    return picture(data, id, value.get("output_format"))


def _mcp(value: Mapping[str, Any], id: str) -> Any:
    if value.get("type") == "mcp_list_tools":
        return {"tools": value.get("tools") or []}
    return _given(value)


def _tools(value: Mapping[str, Any], id: str) -> list[str]:
    """Names of the tools that were found, those inside namespaces too."""
    names: list[str] = []
    for tool in _dicts(value.get("tools")):
        inner = _tools(tool, id)
        names += (
            inner or [str(tool[name]) for name in ("name", "server_label") if tool.get(name)][:1]
        )
    return names


READERS = {
    "web_search": _search,
    "web_fetch": _fetch,
    "code_execution": _code,
    "file_search": _files,
    "image_generation": _picture,
    "mcp": _mcp,
    "tool_search": _tools,
}
