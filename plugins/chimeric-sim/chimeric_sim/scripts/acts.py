"""What the service's own tools do in an answer, act by act."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from chimeric_dialects import (
    Block,
    Citation,
    Close,
    File,
    Offer,
    Open,
    Phase,
    Piece,
    Prompt,
    ServerTool,
    ServerToolKind,
    Step,
)

from chimeric_sim.prompts import tokenise
from chimeric_sim.settings import Settings
from chimeric_sim.story import topic_of

from . import facts
from .answer import LimitedAnswer
from .pictures import draw
from .sounds import tones, wav
from .waits import Wait, at_work

__all__ = ["ACTS", "Acts", "quoting"]

ACTS: dict[str, tuple[ServerToolKind, ...]] = {
    "search": ("web_search",),
    "fetch": ("web_fetch",),
    "files": ("file_search",),
    "code": ("code_execution",),
    "image": ("image_generation",),
    "mcp": ("mcp",),
    "approval": ("mcp",),
    "show": (
        "web_search",
        "web_fetch",
        "file_search",
        "code_execution",
        "image_generation",
        "mcp",
    ),
}
"""What the models play that are named after it."""

Acting: TypeAlias = Iterator[Step | Wait]


class Acts:
    """Plays tools that the service runs, each followed by a text about what came of it."""

    def __init__(
        self,
        prompt: Prompt,
        answer: LimitedAnswer,
        settings: Settings,
        *,
        new_id: Callable[[ServerTool], str],
        seed: int,
    ) -> None:
        self._prompt = prompt
        self._answer = answer
        self._settings = settings
        self._new_id = new_id
        self._seed = seed
        self._topic = topic_of(prompt.last_user_text)
        self._wanted: int | None = None
        self._sources = 0

    def offers(self, behaviour: str) -> list[Offer]:
        """What is to be played: the tools of a model, then others that a request names."""
        asked, kinds = self._prompt.offers, ACTS.get(behaviour, ())
        played: list[Offer] = []
        for kind in kinds:
            plain = Offer(kind=kind, server="library", approval=behaviour == "approval")
            played.append(next((offer for offer in asked if offer.kind == kind), plain))
        return [*played, *(offer for offer in asked if offer.kind not in kinds)]

    def play(self, offer: Offer) -> Acting:
        """One act."""
        acts: dict[ServerToolKind, Callable[[Offer], Acting]] = {
            "web_search": self._search,
            "web_fetch": self._fetch,
            "file_search": self._search_files,
            "code_execution": self._code,
            "image_generation": self._image,
            "mcp": self._mcp,
        }
        return acts[offer.kind](offer)

    def speak(self, text: str) -> Acting:
        """A sound, raw where it is streamed and a WAV file where it is not."""
        samples = tones(text)
        file = File(
            id="audio_sim1",
            media_type="audio/L16;codec=pcm;rate=24000",
            data=samples if self._prompt.stream else wav(samples),
            transcript=text,
        )
        return self._answer.grow(self._answer.block("file", file=file), ())

    def say(self, text: str, citations: list[Citation] | None = None) -> Acting:
        """A text with its sources, in the order in which the protocol tells them."""
        answer, cited = self._answer, citations or []
        if self._prompt.cites_first and cited:
            yield from self._say_apart(text, cited)
            return
        block, length = answer.block("text"), 0
        for step in answer.grow(block, tokenise(text)):
            if isinstance(step, Close):
                break
            yield step
            if isinstance(step, Piece):
                length += len(step.text)
                while cited and cited[0].end <= length:
                    yield answer.cite(block, cited.pop(0))
        yield Close(block)

    def _say_apart(self, text: str, cited: list[Citation]) -> Acting:
        """Each cited text in a block of its own, its source before it; no block is blank."""
        answer, at = self._answer, 0
        for number, citation in enumerate(cited, 1):
            between = text[at : citation.start]
            if between.strip():
                yield from answer.grow(answer.block("text"), tokenise(between))
                between = ""
            if answer.done is not None:
                return
            at = citation.end
            if number == len(cited) and not text[at:].strip():
                at = len(text)
            block = answer.block("text")
            for step in answer.grow(block, tokenise(between + text[citation.start : at])):
                yield step
                if isinstance(step, Open):
                    yield answer.cite(block, citation)
        if text[at:] and answer.done is None:
            yield from answer.grow(answer.block("text"), tokenise(text[at:]))

    # --- tools ------------------------------------------------------------------------------

    def _called(self, offer: Offer, tool: ServerTool, written: str) -> Acting:
        """One call, of code that the service writes first where the tool wants that."""
        if not offer.nested:
            yield from self._run(tool, written)
            return
        code = f"print(await {tool.kind}({written}))"
        outer = ServerTool(kind="code_execution", input={"code": code, "language": "python"})
        outer.text = f"{len(tool.results)} found\n"
        yield from self._run(outer, code, tool, written)

    def _run(
        self, tool: ServerTool, written: str, inner: ServerTool | None = None, by: str = ""
    ) -> Acting:
        """One call: its input is written, it is at work, it ends as the settings have it.

        ``inner``: what it calls, with ``by`` as input.
        """
        if self._answer.done is not None:
            return
        settings = self._settings
        tool.end = settings.tool_end
        if tool.end == "failed":
            tool.error = "The simulator was asked to let this tool fail."
        block = self._answer.block("server_tool", id=self._new_id(tool), tool=tool)
        for step in self._answer.grow(block, tokenise(written)):
            if isinstance(step, Close) and block.whole:
                yield from at_work(block, settings)
                if tool.kind == "image_generation":
                    yield from self._previews(block)
                if inner is not None:
                    inner.caller = block.id
                    yield from self._run(inner, by)
                if settings.pause and self._prompt.pauses:
                    tool.end = "never"
                    self._answer.finish("pause")
            yield step

    def _search(self, offer: Offer) -> Acting:
        found = facts.pages(self._topic)
        queries = [self._topic]
        tool = ServerTool(kind="web_search", input={"queries": queries}, results=found)
        if offer.name == "x_search":
            tool.name = "x_keyword_search"
        written = json.dumps({"query": self._topic}, ensure_ascii=False)
        yield from self._called(offer, tool, written)
        yield from self._tell(tool, "The search", found[:2])

    def _fetch(self, offer: Offer) -> Acting:
        page = facts.pages(self._topic)[0]
        tool = ServerTool(kind="web_fetch", input={"urls": [page["url"]]}, results=[page])
        yield from self._called(offer, tool, json.dumps({"url": page["url"]}))
        yield from self._tell(tool, "The page", [page])

    def _search_files(self, offer: Offer) -> Acting:
        found = facts.files(self._topic)
        tool = ServerTool(kind="file_search", input={"queries": [self._topic]}, results=found)
        yield from self._run(tool, json.dumps({"query": self._topic}, ensure_ascii=False))
        yield from self._tell(tool, "The search in your files", found)

    def _tell(self, tool: ServerTool, what: str, found: list[dict[str, Any]]) -> Acting:
        """Sentences out of what was found, each with its source."""
        if self._answer.done is not None:
            return
        if tool.error or not tool.endings:
            yield from self.say(f"{what} brought nothing, so I cannot say. ")
            return
        first = self._sources
        self._sources += len(tool.results)
        yield from self.say(*quoting(found, first))

    def _code(self, offer: Offer) -> Acting:
        chart = File(id="file_sim_chart", name="chart.png", data=self._picture())
        ran = {"code": facts.CODE, "language": "python"}
        tool = ServerTool(kind="code_execution", input=ran, text=facts.PRINTED, files=[chart])
        yield from self._run(tool, facts.CODE)
        if self._answer.done is not None:
            return
        if tool.error or not tool.endings:
            yield from self.say("The code did not run to its end. ")
            return
        text = "The first four primes add up to 17; see chart.png. "
        at = text.index(chart.name)
        container = self._answer.blocks[-1].id
        cited = Citation(
            title=chart.name,
            source=chart.id,
            container=container,
            start=at,
            end=at + len(chart.name),
        )
        yield from self.say(text, [cited])

    def _image(self, offer: Offer) -> Acting:
        picture = File(id="file_sim_picture", name="picture.png", data=self._picture())
        asked = {"prompt": f"A picture of {self._topic}"}
        tool = ServerTool(kind="image_generation", input=asked, files=[picture])
        self._wanted = offer.previews
        yield from self._run(tool, json.dumps(asked, ensure_ascii=False))
        if self._answer.done is None:
            failed = tool.error or not tool.endings
            said = "The picture failed. " if failed else f"This is a picture of {self._topic}. "
            yield from self.say(said)

    def _previews(self, block: Block) -> Acting:
        wanted = self._settings.previews
        if wanted is None:
            wanted = 2 if self._wanted is None else self._wanted
        for number in range(wanted):
            data = draw(self._seed, self._settings.image_bytes, coarse=2 ** (wanted - number))
            yield Phase(block, File(id="file_sim_picture", data=data))

    def _picture(self) -> bytes:
        return draw(self._seed, self._settings.image_bytes)

    def _mcp(self, offer: Offer) -> Acting:
        prompt = self._prompt
        given = {a.id: a for turn in prompt.since_user() for a in turn.approvals}
        if not given:
            listing = ServerTool(kind="mcp", server=offer.server, results=facts.MCP_TOOLS)
            yield from self._run(listing, "")
        question = f"What is known of {self._topic}?"
        written = json.dumps({"question": question}, ensure_ascii=False)
        tool = ServerTool(kind="mcp", server=offer.server, name="ask")
        tool.input = {"question": question}
        if offer.approval and prompt.approves and not given:
            if self._answer.done is None:
                yield from self._answer.grow(
                    self._answer.block("approval", tool=tool), tokenise(written)
                )
            return
        denied = [a for a in given.values() if not a.approved]
        if denied:
            reason = f": {denied[0].reason}" if denied[0].reason else ""
            yield from self.say(f"You did not want me to ask the library{reason}. ")
            return
        tool.text = facts.pages(self._topic)[0]["text"]
        tool.approval = next(iter(given), "")
        yield from self._run(tool, written)
        if self._answer.done is None:
            failed = tool.error or not tool.endings
            told = "The library is silent. " if failed else f"It says: {tool.text} "
            yield from self.say(told)


def quoting(found: list[dict[str, Any]], first: int = 0) -> tuple[str, list[Citation]]:
    """A text of what was found, and its citations; ``first`` is the number of the first source."""
    text, citations = "", list[Citation]()
    for number, result in enumerate(found):
        sentence = result["text"]
        citation = Citation(
            url=result.get("url", ""),
            title=result.get("title") or result.get("filename") or "",
            text=sentence,
            start=len(text),
            end=len(text) + len(sentence),
            source=result.get("file_id") or result.get("id") or f"doc_{number}",
            number=first + number,
        )
        citations.append(citation)
        text += sentence + " "
    return text, citations
