"""Cases: the end, and choices and reasoning beside the text."""

from __future__ import annotations

from typing import Any

from chimeric_testing import Script
from chimeric_testing.script import Payload

from chimeric import CompletionResponse

from .case import Cases, Check
from .dialects import DELTAS, Dialect, dump

__all__ = ["CASES"]

CASES = Cases()
case = CASES.case


@case("missing-terminator", "The finish reason came, the terminal signal did not.")
def missing_terminator(dialect: Dialect) -> Script | None:
    terminal = dialect.terminal()
    script = dialect.script()
    return script.with_payloads(script.payloads[: -len(terminal)]) if terminal else None


@case("duplicate-finish", "The finish twice: one end.")
def duplicate_finish(dialect: Dialect) -> Script | None:
    script = dialect.script()
    ending = len(dialect.finish()) + len(dialect.terminal())
    return script.with_payloads(
        [*script.payloads[:-ending], *dialect.finish(), *dialect.finish(), *dialect.terminal()]
    )


@case("delta-after-finish", "The last piece of text comes after the finish reason.")
def delta_after_finish(dialect: Dialect) -> Script | None:
    if dialect.name in ("responses", "ollama"):
        return None  # their finish is the terminal signal
    opening = dialect.opening()
    said = [dialect.say(text) for text in DELTAS]
    return (
        dialect.made_of(*said[:-1], *dialect.finish(), said[-1], *dialect.terminal())
        if (opening is not None)
        else None
    )


@case("after-the-terminal", "Whatever comes after the terminal signal is not read.")
def after_the_terminal(dialect: Dialect) -> Script | None:
    if dialect.name == "google":
        return None  # it has no terminal signal but the end of the body
    script = dialect.script()
    return script.with_payloads([*script.payloads, dialect.say(" more"), b"{junk"])


def _finish_is(reason: str) -> Check:
    def check(response: CompletionResponse) -> None:
        assert response.finish_reason == reason

    return check


def _finishing(dialect: Dialect, reason: str) -> Script:
    said = [dialect.say(text) for text in DELTAS]
    return dialect.made_of(*said, *dialect.finish(reason), *dialect.terminal())


@case("finish-length", "Cut by the token limit.", check=_finish_is("length"))
def finish_length(dialect: Dialect) -> Script | None:
    return _finishing(dialect, "length")


@case("finish-unknown", "A finish reason of the future.", check=_finish_is("other"))
def finish_unknown(dialect: Dialect) -> Script | None:
    return _finishing(dialect, "future")


# --- choices and reasoning ---


@case("empty-choices", "An event with an empty list of choices first.")
def empty_choices(dialect: Dialect) -> Script | None:
    empty: dict[str, dict[str, Any]] = {
        "chat": {"choices": [], "prompt_filter_results": []},
        "google": {"candidates": []},
    }
    if dialect.name not in empty:
        return None
    script = dialect.script()
    return script.with_payloads([dump(empty[dialect.name]), *script.payloads])


@case("two-choices", "A second choice is interleaved; the first one's text is kept pure.")
def two_choices(dialect: Dialect) -> Script | None:
    other: dict[str, list[Any]] = {
        "chat": [{"choices": [{"index": 1, "delta": {"content": "OTHER"}}]}],
        "google": [
            {"candidates": [{"index": 1, "content": {"parts": [{"text": "OTHER"}]}}]},
            {
                "candidates": [
                    {"index": 1, "content": {"parts": [{"text": "OTHER"}]}},
                    {"index": 0, "content": {"parts": []}},
                ]
            },
        ],
    }
    if dialect.name not in other:
        return None
    return dialect.script(*[dump(value) for value in other[dialect.name]])


def _reasons(response: CompletionResponse) -> None:
    assert response.reasoning == "let me think"


@case("reasoning-field", "Reasoning is kept apart from the text.", check=_reasons)
def reasoning_field(dialect: Dialect) -> Script | None:
    thought = "let me think"
    events: dict[str, Payload] = {
        "chat": dump({"choices": [{"index": 0, "delta": {"reasoning_content": thought}}]}),
        "responses": (
            "response.reasoning_summary_text.delta",
            dump(
                {
                    "type": "response.reasoning_summary_text.delta",
                    "output_index": 1,
                    "delta": thought,
                }
            ),
        ),
        "anthropic": (
            "content_block_delta",
            dump(
                {
                    "type": "content_block_delta",
                    "index": 1,
                    "delta": {"type": "thinking_delta", "thinking": thought},
                }
            ),
        ),
        "google": dump(
            {"candidates": [{"content": {"parts": [{"text": thought, "thought": True}]}}]}
        ),
        "ollama": dump({"message": {"content": "", "thinking": thought}, "done": False}),
    }
    return dialect.script(events[dialect.name])
