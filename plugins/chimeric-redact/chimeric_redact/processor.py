"""The stateful processor: holds back a window of text, gives out what can no longer match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chimeric import Context, StreamChunk

from .rules import Rule

if TYPE_CHECKING:
    from .json_text import JSONScrubber
    from .shown import Shown

__all__ = ["NUMBERS", "Redactor", "Scrubber", "Span"]

CONTEXT = 32
"""Characters already given out that a pattern's ``\\b`` and look-behind may still see."""

LONGEST = 16
"""A match that still grows is held back up to so many windows; then it is cut there."""


NUMBERS = "chimeric-redact.numbers"
"""Key of ``context.state``: how many numbers of a JSON answer a string stands for."""


class Span(msgspec.Struct):
    """A match, and the rule that found it."""

    start: int
    end: int
    rule: Rule


class Scrubber:
    """One text that comes in pieces.

    A character is given out when ``window`` characters after it are known: then every match of
    at most that length that begins there has been seen whole.
    """

    numbers: int = 0
    """Numbers that a string stands for; only JSON has any."""

    def __init__(self, rules: tuple[Rule, ...], window: int, counts: dict[str, int]) -> None:
        self._rules = rules
        self._window = window
        self._counts = counts
        self._seen = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be given out."""
        held = self._held + text
        if len(held) <= self._window:
            self._held = held
            return ""
        return self._release(held, len(held) - self._window)

    def flush(self) -> str:
        """The text has ended: return all that was held back."""
        out = self._release(self._held, len(self._held)) if self._held else ""
        self._seen = ""
        return out

    def _release(self, held: str, count: int) -> str:
        """Give out the first ``count`` characters, or what of them no match runs over."""
        begin = len(self._seen)
        text = self._seen + held
        cut, end = begin + count, len(text)
        final = cut == end
        pieces: list[str] = []
        place = begin
        for span in self._spans(text, begin):
            if span.start >= cut:
                break
            if span.end > cut:
                grows = not final and end - span.end < self._window
                if grows and end - span.start < LONGEST * self._window:
                    cut = span.start  # more text, or another match, may belong to it
                    break
                cut = span.end
            pieces += (self._kept(text, place, span.start), self._replaced(text, span))
            name = span.rule.name
            self._counts[name] = self._counts.get(name, 0) + 1
            place = span.end
        pieces.append(self._kept(text, place, cut))
        self._given_out(cut - begin)
        self._seen = text[max(0, cut - CONTEXT) : cut]
        self._held = text[cut:]
        return "".join(pieces)

    def _kept(self, text: str, start: int, end: int) -> str:
        """What is given out of a part of the text that no rule found anything in."""
        return text[start:end]

    def _replaced(self, text: str, span: Span) -> str:
        """What is given out for a match."""
        return span.rule.replacement

    def _given_out(self, count: int) -> None:
        """So many of the characters that were held back are not held any longer."""

    def _spans(self, text: str, begin: int) -> list[Span]:
        """The matches in order, overlapping ones joined."""
        found = [
            (start, end, rule) for rule in self._rules for start, end in rule.matches(text, begin)
        ]
        spans: list[Span] = []
        for start, end, rule in sorted(found, key=lambda item: (item[0], -item[1])):
            if spans and start < spans[-1].end:
                spans[-1].end = max(spans[-1].end, end)
            else:
                spans.append(Span(start, end, rule))
        return spans


class Redactor:
    """The processor of one call.

    Text, reasoning and refusals are separate texts: what is held back of one comes out when more
    of it arrives, or before anything else does. Tools that the provider runs and citations are
    scrubbed too, and log-probabilities, which spell the text, are left out. The last chunk tells
    in ``metadata["redactions"]`` how many matches of each rule were replaced.

    A text that was asked for as JSON, or that begins as an object, is scrubbed as JSON.
    """

    def __init__(self, rules: tuple[Rule, ...], window: int, context: Context) -> None:
        self._rules = rules
        self._window = window
        self._context = context
        self._turn = -1
        self._shown: Shown | None = None
        self._counts: dict[str, int] = {}
        self._text: Scrubber | JSONScrubber = Scrubber(rules, window, self._counts)
        self._reasoning = Scrubber(rules, window, self._counts)
        self._refusal = Scrubber(rules, window, self._counts)

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        """Scrub what the chunk adds; None when nothing of it can be given out yet."""
        if chunk.server_tools or chunk.citations or chunk.logprobs or chunk.finish_reason:
            chunk = self._besides(chunk)
        delta = self._delta(chunk.delta) if chunk.delta else ""
        reasoning = self._reasoning.feed(chunk.reasoning) if chunk.reasoning else ""
        refusal = self._refusal.feed(chunk.refusal) if chunk.refusal else ""
        if not (delta or reasoning or refusal or _says_more(chunk)):
            return None
        return chunk.replace(
            delta=delta or None, reasoning=reasoning or None, refusal=refusal or None
        )

    def _delta(self, text: str) -> str:
        context = self._context
        before = ""
        if self._turn != context.turn and not text.isspace():
            from .json_text import scrubber_for

            self._turn, before = context.turn, self._text.flush()
            wanted = context.request.response_format
            json = wanted is not None and wanted.kind != "text"
            self._text = scrubber_for(text, self._rules, self._window, self._counts, json=json)
        return before + self._text.feed(text)

    def _besides(self, chunk: StreamChunk) -> StreamChunk:
        """The chunk with what it shows besides its texts scrubbed."""
        shown = self._shown
        if shown is None:
            from .shown import Shown  # most answers are nothing but text until their end

            shown = self._shown = Shown(self._rules, self._window, self._counts)
        tools = tuple(map(shown.tool, chunk.server_tools))
        citations = tuple(map(shown.citation, chunk.citations))
        chunk = chunk.replace(server_tools=tools, citations=citations, logprobs=())
        if not chunk.finish_reason:
            return chunk
        metadata = shown.metadata(chunk.metadata)
        if self._counts:
            metadata["redactions"] = dict(self._counts)
        return chunk.replace(metadata=metadata)

    def flush(self) -> StreamChunk | None:
        """Give out what was held back: something else comes, or the turn has ended."""
        delta, reasoning, refusal = (
            scrubber.flush() or None for scrubber in (self._text, self._reasoning, self._refusal)
        )
        if self._text.numbers:
            self._context.state[NUMBERS] = self._text.numbers
        tools = self._shown.held() if self._shown is not None else ()
        if not (delta or reasoning or refusal or tools):
            return None
        chunk = StreamChunk(delta, reasoning=reasoning, refusal=refusal)
        return chunk.replace(server_tools=tools) if tools else chunk


def _says_more(chunk: StreamChunk) -> bool:
    """Whether the chunk carries anything besides the three texts."""
    return bool(
        chunk.finish_reason
        or chunk.tool_calls
        or chunk.tool_results
        or chunk.usage
        or chunk.server_tools
        or chunk.citations
        or chunk.files
        or chunk.metadata
    )
