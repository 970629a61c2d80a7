"""What an answer is grounded on, as Gemini tells it: at the end, with places in UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.parts import ServerTool, Token

__all__ = ["grounding", "logprobs_result", "url_context"]

_KINDS = ("web_search", "web_fetch", "file_search")


def grounding(placed: Iterable[tuple[int, str, Block]]) -> dict[str, Any]:
    """The metadata of blocks, each with its part's place and the text before it in that part.

    ``{}`` where there is none.
    """
    placed = list(placed)
    blocks = [block for _, _, block in placed]
    searches = [b.tool for b in blocks if b.tool is not None and b.tool.kind in _KINDS]
    found = [(tool, r) for tool in searches if not tool.error for r in tool.results]
    supports = [told for place in placed for told in _supports(*place)]
    if not searches and not supports:
        return {}
    if not found:
        found = _cited(blocks)
    web = [q for t in searches if t.kind == "web_search" for q in t.input["queries"]]
    files = [q for t in searches if t.kind == "file_search" for q in t.input["queries"]]
    metadata: dict[str, Any] = {}
    if web:
        shown = "".join(f'<a class="chip">{query}</a>' for query in web)
        metadata["searchEntryPoint"] = {"renderedContent": f"<div>{shown}</div>"}
    if found:
        metadata["groundingChunks"] = [_chunk(tool, result) for tool, result in found]
    if supports:
        metadata["groundingSupports"] = supports
    if web:
        metadata["webSearchQueries"] = web
    if files:
        metadata["retrievalQueries"] = files
    return metadata


def _cited(blocks: Iterable[Block]) -> list[tuple[ServerTool, dict[str, Any]]]:
    """What is cited without having been searched for: pages that were fetched."""
    tool = ServerTool(kind="web_search")
    cited = {c.number: c for block in blocks for c in block.citations if c.url}
    return [(tool, {"url": c.url, "title": c.title}) for _, c in sorted(cited.items())]


def _chunk(tool: ServerTool, result: dict[str, Any]) -> dict[str, Any]:
    if tool.kind == "file_search":
        found = {"title": result["filename"], "text": result["text"]}
        return {"retrievedContext": {**found, "fileSearchStore": "fileSearchStores/sim"}}
    # The title is the site's name.
    return {"web": {"uri": result["url"], "title": result["url"].split("/")[2]}}


def _supports(place: int, before: str, block: Block) -> list[dict[str, Any]]:
    text = block.text
    supports: list[dict[str, Any]] = []
    for citation in block.citations:
        if citation.container:
            continue
        start = len((before + text[: citation.start]).encode())
        cited = text[citation.start : citation.end]
        segment: dict[str, Any] = {"partIndex": place} if place else {}
        if start:
            segment["startIndex"] = start
        segment |= {"endIndex": start + len(cited.encode()), "text": cited}
        supports.append({"segment": segment, "groundingChunkIndices": [citation.number]})
    return supports


def url_context(tool: ServerTool) -> dict[str, Any]:
    """What became of pages that were fetched."""
    status = f"URL_RETRIEVAL_STATUS_{'ERROR' if tool.error else 'SUCCESS'}"
    urls = tool.input["urls"]
    return {"urlMetadata": [{"retrievedUrl": u, "urlRetrievalStatus": status} for u in urls]}


def logprobs_result(tokens: list[Token]) -> dict[str, Any]:
    """Probabilities of tokens."""
    found: dict[str, Any] = {"chosenCandidates": [_candidate(token) for token in tokens]}
    if any(token.top for token in tokens):
        found["topCandidates"] = [
            {"candidates": [_candidate(other) for other in token.top]} for token in tokens
        ]
    return found


def _candidate(token: Token) -> dict[str, Any]:
    number = sum(token.text.encode()) % 100_000
    return {"token": token.text, "tokenId": number, "logProbability": token.logprob}
