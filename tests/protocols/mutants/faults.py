"""The faults, each as it was, or as near as the mended code lets it be."""

from __future__ import annotations

from .mutant import Edit, Mutant

__all__ = ["MUTANTS"]

CORE = "chimeric_core/chimeric"
CHAT = "plugins/chimeric-chat-completions/chimeric_chat_completions"
RESPONSES = "plugins/chimeric-responses/chimeric_responses"
ANTHROPIC = "plugins/chimeric-anthropic/chimeric_anthropic"
BEDROCK = "plugins/chimeric-bedrock/chimeric_bedrock"
GOOGLE = "plugins/chimeric-google/chimeric_google"

GOOD_END = 'return finish_reason in GOOD or (finish_reason == "pause" and self.closed)'
UNSAID = 'return self.closed or (self.kind != "custom" and self.log.whole())'

SORTED = "return found if len(found) < 2 else sorted(found, key=lambda entry: entry[0] != 0)"


def one(name: str, finding: str, protocols: str, path: str, old: str, new: str) -> Mutant:
    """A fault of one replacement."""
    edits = (Edit(path, old, new),)
    return Mutant(name=name, finding=finding, protocols=tuple(protocols.split()), edits=edits)


HALF_CALLS = (
    one(
        "an unknown reason completes calls",
        "01",
        "chat cohere",
        f"{CORE}/stream/blocks/tool_calls.py",
        GOOD_END,
        'return finish_reason not in ("length", "content_filter", "refusal", "pause")',
    ),
    one(
        "no reason at all completes calls",
        "01",
        "chat",
        f"{CORE}/stream/blocks/tool_calls.py",
        UNSAID,
        "return True",
    ),
    one(
        "an incomplete item is completed",
        "01",
        "responses",
        f"{RESPONSES}/whole_items.py",
        "cut = call.status not in UNFINISHED",
        "cut = False",
    ),
    Mutant(
        name="a whole answer completes cut calls",
        finding="whole",
        protocols=("chat",),
        edits=(
            Edit(
                f"{CHAT}/parser.py",
                "index=self._whole_calls - 1)",
                "index=self._whole_calls - 1, complete=True)",
            ),
            Edit(
                f"{CORE}/stream/blocks/tool_calls.py",
                "        if finish_reason is None:\n            " + UNSAID,
                "        if finish_reason is None or self.closed:\n            " + UNSAID,
            ),
        ),
    ),
)

TOLD_AGAIN = (
    one(
        "text.done is told again at another index",
        "02",
        "responses",
        f"{RESPONSES}/parser.py",
        "new = item.text.part(said, frame.content_index)",
        'new = "" if item.text and frame.content_index == 0 else said',
    ),
    one(
        "the final output is known by ids alone",
        "03",
        "responses",
        f"{RESPONSES}/output.py",
        "for same in (_same_name, OutputItem.equals, _may_be):",
        "for same in (_same_name,):",
    ),
    one(
        "item.done is known by its id alone",
        "03",
        "responses",
        f"{RESPONSES}/output.py",
        "item = self._alike(kind, index, value, said)",
        "item = None",
    ),
)

ERRORS = (
    one(
        "a field named error is ignored",
        "04",
        "chat",
        f"{CORE}/stream/framings/odd_blocks.py",
        'elif field == b"error":',
        'elif field == b"no error":',
    ),
    one(
        "a bare error amid the events is ignored",
        "05",
        "chat responses",
        f"{CORE}/stream/framings/odd_blocks.py",
        'elif line.startswith((b"{", b"[{")) or (',
        "elif bare or (",
    ),
    one(
        "an error in the choice is ignored",
        "06",
        "chat",
        f"{CHAT}/errors.py",
        "    for choice in choices:\n        for place in",
        "    for choice in ():\n        for place in",
    ),
    one(
        "the words of an error say nothing",
        "08",
        "chat responses",
        f"{CORE}/exchange/provider_errors.py",
        "status = status_of((info.code, info.type), info.message)",
        "status = None",
    ),
    one(
        "a code in text says nothing",
        "08",
        "cohere anthropic responses chat",
        f"{CORE}/exchange/error_words.py",
        "int(word) if isinstance(word, int) or word.isdecimal() else None",
        "int(word) if isinstance(word, int) else None",
    ),
    one(
        "an error is told by its first event",
        "09",
        "responses",
        f"{RESPONSES}/parser.py",
        "return msgspec.structs.replace(fault(None), untold=True)",
        "return fault(None)",
    ),
)
CHOICES = (
    one(
        "only choice 0 of a stream counts",
        "07",
        "chat",
        f"{CHAT}/choices.py",
        SORTED,
        "return [entry for entry in found if not entry[0]]",
    ),
    one(
        "only one choice of an event counts",
        "07",
        "chat",
        f"{CHAT}/choices.py",
        SORTED,
        "return sorted(found, key=lambda entry: entry[0] != 0)[:1]",
    ),
)

ENDS = (
    one(
        "[DONE] breaks a Gemini stream",
        "10",
        "gemini",
        f"{GOOGLE}/parser.py",
        'if data == b"[DONE]":',
        'if data == b"":',
    ),
    one(
        'the word "null" is a finish reason',
        "11",
        "chat",
        f"{CHAT}/finish.py",
        'NONE = ("", "null", ',
        'NONE = ("", ',
    ),
    one(
        "FINISH_REASON_UNSPECIFIED is a finish reason",
        "11",
        "gemini",
        f"{GOOGLE}/finish.py",
        '"UNSPECIFIED", "FINISH_REASON_UNSPECIFIED")',
        '"UNSPECIFIED")',
    ),
    one(
        "a malformed call is run",
        "12",
        "gemini",
        f"{GOOGLE}/finish.py",
        '    "STOP": "stop",\n',
        '    "STOP": "stop",\n    "MALFORMED_FUNCTION_CALL": "stop",\n',
    ),
    one(
        "events parted by one newline are broken",
        "13",
        "chat",
        f"{CORE}/stream/repair.py",
        "if len(lines) > 1 and all(map(_is_payload, lines[:-1])):",
        "if not lines:",
    ),
    one(
        "compaction is no pause",
        "18",
        "anthropic",
        f"{ANTHROPIC}/finish.py",
        '    "compaction": "pause",\n',
        "",
    ),
    one(
        "end_turn is no good end of chat",
        "19",
        "chat",
        f"{CHAT}/finish.py",
        '        "end_turn",  #',
        '        "end_turns",  #',
    ),
    one(
        "an early finish reason is the end",
        "20",
        "gemini chat",
        f"{CORE}/stream/pipeline.py",
        "turn.resumed = turn.resumed or any(map(self._goes_on, deltas))",
        "pass",
    ),
)

FIELDS = (
    one(
        "reasoning_text is lost",
        "14",
        "chat",
        f"{CHAT}/reasoning.py",
        '    "reasoning_text",  #',
        '    "reasoning_texts",  #',
    ),
    one(
        "a reasoning part's summary is lost",
        "15",
        "chat",
        f"{CHAT}/reasoning.py",
        '"thinking", "reasoning", "summary")',
        '"thinking", "reasoning")',
    ),
    one(
        "what was spoken is lost",
        "16",
        "chat",
        f"{CHAT}/parser.py",
        'if "audio" in message and (sound := obj(message["audio"])):',
        'if "no audio" in message and (sound := obj(message["audio"])):',
    ),
    one(
        "search results are lost",
        "17",
        "chat",
        f"{CHAT}/frame.py",
        '    "search_results",  # Perplexity',
        '    "results",  # Perplexity',
    ),
    one(
        "a delta without a type is lost",
        "21",
        "anthropic",
        f"{ANTHROPIC}/parser.py",
        'return self._untyped(index, as_text(kind) or "", delta)',
        "return None",
    ),
)

FOUND_HERE = (
    one(
        "the second of two equal fragments is dropped",
        "-",
        "cohere converse",
        f"{CORE}/stream/blocks/tool_calls.py",
        "and text == log.text() and log.whole():",
        "and text == log.text():",
    ),
    one(
        "another id with each event is another call",
        "-",
        "chat",
        f"{CORE}/stream/blocks/tool_calls.py",
        "return delta.id != call.id and other",
        "return delta.id != call.id",
    ),
    one(
        "calls at one index are not told apart by ids",
        "-",
        "chat",
        f"{CORE}/stream/blocks/tool_calls.py",
        "call = (self._known(delta) if call is not None else None) or self._open(delta)",
        "call = self._open(delta)",
    ),
    one(
        "a bare error before other events is no JSON",
        "-",
        "chat anthropic",
        f"{CORE}/exchange/answers/documents.py",
        'if attempt.framing == "sse" and not _is_json(body):',
        "if not body:",
    ),
    one(
        "a call after an early reason is whole",
        "-",
        "chat",
        f"{CORE}/stream/turn.py",
        "self.tools.close(None if self.resumed else self.finish_reason)",
        "self.tools.close(self.finish_reason)",
    ),
)
"""Faults that the generator was the first to find."""

NEIGHBOURS = (
    one(
        "a stream that was cut off is a success",
        "-",
        "chat responses anthropic gemini converse cohere ollama",
        f"{CORE}/stream/turn.py",
        "return self.done or (self.finish_reason is not None and not self.resumed)",
        "return True",
    ),
    one(
        "a line feed after a cut is another line end",
        "-",
        "anthropic",
        f"{CORE}/stream/framing.py",
        "self._skip_lf = data[-1] == 13",
        "self._skip_lf = False",
    ),
    one(
        "a malformed call of Bedrock is run",
        "01",
        "converse",
        f"{BEDROCK}/finish.py",
        '    "tool_use": "tool_calls",\n',
        '    "tool_use": "tool_calls",\n    "malformed_tool_use": "tool_calls",\n',
    ),
)
"""Faults beside those that were found."""

MUTANTS: tuple[Mutant, ...] = (
    *HALF_CALLS,
    *TOLD_AGAIN,
    *ERRORS,
    *CHOICES,
    *ENDS,
    *FIELDS,
    *FOUND_HERE,
    *NEIGHBOURS,
)
