"""Options of a prompt, typed as the unified parameters are."""

from __future__ import annotations

import json
from typing import Any

import llm
from pydantic import Field, field_validator

__all__ = ["ChimericOptions", "params_of"]


class ChimericOptions(llm.Options):
    """What ``-o NAME VALUE`` may set."""

    temperature: float | None = Field(
        default=None, ge=0, description="How freely the model chooses its words; 0 is the least."
    )
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="Choose among the words of this probability alone."
    )
    max_tokens: int | None = Field(
        default=None, gt=0, description="Tokens that the answer has at most."
    )
    stop: str | None = Field(
        default=None, description="Text at which the answer ends; several as a JSON list."
    )
    seed: int | None = Field(default=None, description="For answers that repeat.")
    reasoning_effort: str | None = Field(
        default=None, description="none, minimal, low, medium, high, ... as the model knows it."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Whether the model may call several tools at once."
    )
    tool_choice: str | None = Field(
        default=None, description="auto, none, required, or a tool's name."
    )
    timeout: float | None = Field(
        default=None, gt=0, description="Seconds without content after which a call is given up."
    )
    max_retries: int | None = Field(
        default=None, ge=0, description="Tries after the first, before the first content."
    )
    base_url: str | None = Field(default=None, description="Another address of the provider.")
    params: dict[str, Any] | None = Field(
        default=None, description="Other parameters of the provider, as a JSON object."
    )

    @field_validator("params", mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"params is a JSON object: {error}") from None


def params_of(options: ChimericOptions) -> dict[str, Any]:
    """Parameters for ``generate``."""
    given: dict[str, Any] = options.model_dump(exclude_none=True)
    more: dict[str, Any] = given.pop("params", {})
    stop: str | None = given.get("stop")
    if stop is not None and stop.lstrip().startswith("["):
        given["stop"] = json.loads(stop)
    choice: str | None = given.get("tool_choice")
    if choice is not None and choice not in ("auto", "none", "required"):
        from chimeric import ToolName

        given["tool_choice"] = ToolName(choice)
    return {**given, **more}
