"""Tools that Groq runs, as entries of ``executed_tools``."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.json_values import dumps

__all__ = ["executed_tool"]


_TYPES = {"web_search": "search", "web_fetch": "visit", "code_execution": "python"}


def executed_tool(block: Block, *, ended: bool) -> dict[str, Any] | None:
    """An entry, which comes once with the call and once more with its output."""
    tool = block.tool
    if tool is None or tool.kind not in _TYPES:
        return None
    arguments: dict[str, Any] = {"query": tool.query}
    if tool.kind == "web_fetch":
        arguments = {"url": tool.input["urls"][0]}
    elif tool.kind == "code_execution":
        arguments = {"code": tool.input["code"]}
    entry = {
        "index": block.order,
        "type": _TYPES[tool.kind],
        "arguments": dumps(arguments).decode(),
    }
    output = {"output": tool.error or _output(block)} if ended else {}
    if tool.kind == "code_execution":
        results: list[dict[str, Any]] = [{"text": tool.error or tool.text}]
        results += [{"png": file.base64} for file in tool.files]
        return {**entry, **output, **({"code_results": results} if ended else {})}
    found = [
        {"title": r["title"], "url": r["url"], "content": r["text"], "score": 0.9}
        for r in (tool.results if ended and not tool.error else ())
    ]
    return {**entry, **output, "search_results": {"results": found}}


def _output(block: Block) -> str:
    tool = block.server_tool
    if tool.kind == "code_execution":
        return tool.text
    found = (f"Title: {r['title']}\nURL: {r['url']}\nContent: {r['text']}" for r in tool.results)
    return "\n".join(found)
