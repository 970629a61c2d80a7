"""instructor: structured answers out of other clients."""

from __future__ import annotations

from typing import Any, Literal

import instructor
from lines import serve
from pydantic import BaseModel


class Recipe(BaseModel):
    """A recipe."""

    title: str
    minutes: int
    kind: Literal["soup", "salad"]
    steps: list[str]


def client(task: dict[str, Any]) -> Any:
    """The patched client of a protocol, in the mode that the task names."""
    settings = {"api_key": task["key"], "default_headers": task["headers"], "max_retries": 0}
    mode = instructor.Mode[task["way"]]
    if task["protocol"] == "anthropic":
        import anthropic

        return instructor.from_anthropic(
            anthropic.Anthropic(base_url=task["url"], **settings), mode=mode
        )
    import openai

    return instructor.from_openai(
        openai.OpenAI(base_url=f"{task['url']}/v1", **settings), mode=mode
    )


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task."""
    made = client(task)
    asked: dict[str, Any] = {
        "model": task["model"],
        "messages": [{"role": "user", "content": task["prompt"]}],
        "response_model": Recipe,
        "max_retries": 1,
    }
    if task["protocol"] == "anthropic":
        asked["max_tokens"] = 4000
    if task["stream"]:
        *_, last = made.create_partial(**asked)
        return {"value": last.model_dump(mode="json")}
    return {"value": made.create(**asked).model_dump(mode="json")}


if __name__ == "__main__":
    serve(answer)
