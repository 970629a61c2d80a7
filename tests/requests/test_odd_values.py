"""A value that its key cannot have is an error that says so, whoever reads it, whoever is asked."""

from __future__ import annotations

import warnings
from itertools import islice
from typing import Any

import pytest
from chimeric_testing import prepare
from chimeric_testing.play import asked_for

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    PluginError,
    ToolRegistrationError,
    TranslationWarning,
)

from .odd import odd_calls
from .verdict import MODELS, Judge

STEP = 29
"""One of so many is tried at each target, at each another; together they are all."""


def fault_of(client: Chimeric, model: str, arguments: dict[str, Any], **options: Any) -> str | None:
    """What else than an error that says so, or a warning of what is not sent, comes of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call = prepare(client, model, stream=False, **arguments, **options)
            error: ChimericError | None = asked_for(call).error
        except ChimericError as found:
            error = found
        except Exception as found:
            return f"{type(found).__name__}: {found}"
    expected = (ConfigurationError, ToolRegistrationError)
    if error is not None and (isinstance(error, PluginError) or not isinstance(error, expected)):
        return f"{type(error).__name__}: {error}"
    others = [w for w in caught if not issubclass(w.category, TranslationWarning)]
    return f"{others[0].category.__name__}: {others[0].message}" if others else None


@pytest.mark.parametrize("name", list(MODELS))
def test_an_odd_value_is_sent_told_or_an_error(name: str) -> None:
    judge = Judge(name)
    faults: list[str] = []
    for odd in islice(odd_calls(), list(MODELS).index(name) % STEP, None, STEP):
        fault = fault_of(judge.client, judge.model, odd.arguments, **judge.options)
        faults += [f"{odd}: {fault}"] if fault else []
    assert not faults, "\n".join(faults[:20])


@pytest.mark.parametrize("kind", [[], {}, 7, {1}, object()])
@pytest.mark.parametrize("where", ["a part", "a part of a result", "a message"])
def test_a_type_that_is_no_word_names_its_message(where: str, kind: Any) -> None:
    part = {"type": kind, "text": "x"}
    said: dict[str, Any] = {
        "a part": {"role": "user", "content": [{"type": "text", "text": "a"}, part]},
        "a part of a result": {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c", "content": [part]}],
        },
        "a message": {"type": kind, "text": "x"},
    }[where]
    with Chimeric(openai_api_key="x") as client, pytest.raises(ConfigurationError) as caught:
        prepare(client, "openai:gpt-4o", [{"role": "user", "content": "Hi"}, said])
    assert "messages[1]" in str(caught.value)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (
            {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": 7}}]},
            "url",
        ),
        ({"role": "tool", "tool_call_id": ["c"], "content": "x"}, "tool_call_id"),
        ({"role": "assistant", "tool_calls": 7}, "messages[0]"),
        ({"role": "assistant", "content": "x", "reasoning": {"a": 1}}, "reasoning"),
        ({"role": "assistant", "tool_calls": [{"name": "f", "arguments": object()}]}, "object"),
    ],
)
def test_a_value_of_a_wrong_type_names_message_and_key(message: dict[str, Any], word: str) -> None:
    with Chimeric(openai_api_key="x") as client, pytest.raises(ConfigurationError) as caught:
        prepare(client, "openai:gpt-4o", [message])
    assert "messages[0]" in str(caught.value)
    assert word in str(caught.value)
