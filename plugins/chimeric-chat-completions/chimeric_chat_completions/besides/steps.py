"""Perplexity's ``reasoning_steps``: what it thought, and the tools that it ran for it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chimeric import Delta, ServerToolChunk
from chimeric_chat_completions.lenient import items, obj, text

from .searches import Kind, results

__all__ = ["read_step"]

NOTES = ("thought", "type")
"""Members of a step that are no tool."""


def read_step(step: dict[str, Any], place: int) -> list[Delta]:
    """A step: its thought as a block of reasoning, and each of its tools, whole.

    Args:
        step: as it was sent. No id is in it.
        place: its place among the steps of the answer.
    """
    address = f"step_{place}"
    deltas: list[Delta] = []
    if thought := text(step.get("thought")):
        deltas.append(Delta(reasoning=thought, block=address))
    ran = [(name, obj(said)) for name, said in step.items() if name not in NOTES and obj(said)]
    for number, (name, said) in enumerate(ran):
        kind, called, output = _read(name, said)
        tool = ServerToolChunk(
            id=f"{address}_{number}" if number else address, kind=kind, name=name, input=called
        )
        done = replace(tool, status="completed", output=output, native=step)
        deltas.append(Delta(server_tools=(tool, done)))
    return deltas


def _read(name: str, said: dict[str, Any]) -> tuple[Kind, Any, Any]:
    """Kind, input and output of a tool."""
    if name == "web_search":
        called = {"queries": items(said.get("search_keywords"))}
        return "web_search", called, results(said.get("search_results"))
    if name == "fetch_url_content":
        found = results(said.get("contents"))
        return "web_fetch", {"urls": [page["url"] for page in found if "url" in page]}, found
    if name == "execute_python":
        ran = {"code": text(said.get("code")) or "", "language": "python"}
        return "code_execution", ran, {"stdout": text(said.get("result")) or ""}
    return "other", said, None
