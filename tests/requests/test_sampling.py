"""Parameters that a model is known to refuse are left out, and told."""

from __future__ import annotations

from typing import Any

import pytest

from .served import ask


def lost(model: str, name: str, **params: Any) -> bool:
    """Whether a parameter was left out; then it must have been told."""
    sent = ask(model, **params)
    gone = name not in sent.body and name not in sent.body.get("reasoning", {})
    assert gone == any(name in told for told in sent.told)
    return gone


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize("name", ["temperature", "top_p"])
@pytest.mark.parametrize(
    ("model", "effort", "refused"),
    [
        ("gpt-5", None, True),
        ("gpt-5-mini", None, True),
        ("o3", None, True),
        ("gpt-5.5", None, True),
        ("gpt-5.4", "high", True),
        ("gpt-5.4", None, False),
        ("gpt-5.4", "none", False),
        ("gpt-5-chat-latest", None, False),
        ("gpt-4o", None, False),
        ("gpt-4.1", None, False),
        ("ft:gpt-4o:acme", None, False),
    ],
)
def test_openai_models_that_reason_are_not_told_how_to_sample(
    api: str, name: str, model: str, effort: str | None, refused: bool
) -> None:
    params: dict[str, Any] = {name: 0.5, "api": api}
    if effort is not None:
        params["reasoning_effort"] = effort
    assert lost(f"openai:{model}", name, **params) is refused


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_an_effort_is_told_to_models_that_reason_alone(api: str) -> None:
    name = "effort" if api == "responses" else "reasoning_effort"
    assert lost("openai:gpt-4o", name, reasoning_effort="high", api=api)
    assert not lost("openai:gpt-5", name, reasoning_effort="high", api=api)
