"""Responses of Azure in the background: cut, and joined again."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric, Continuation, hookimpl

STORY = "Tell me about lighthouses in 40 words"


class GoesOn:
    @hookimpl
    def chimeric_recover(self, context: Any) -> Continuation | None:
        rest = context.rest()
        return None if rest is None else Continuation(rest)


@pytest.mark.parametrize("version", [None, "2025-04-01-preview"])
def test_a_cut_response_is_joined_again(sim: Simulator, version: str | None) -> None:
    settings: dict[str, Any] = {"azure_api_version": version} if version else {}
    settings |= {"azure_base_url": sim.base_url("azure"), "azure_api_key": "k"}
    asked: dict[str, Any] = {"api": "responses", "stream": True, "background": True}
    with Chimeric(plugins=[GoesOn()], **settings) as client:
        whole = client.generate("azure:gpt-5.4-mini", STORY, **asked).collect()
        cut = {"sim": {"cut_after": 12}}
        stream = client.generate("azure:gpt-5.4-mini", STORY, **asked, extra_body=cut)
        assert "".join(chunk.delta or "" for chunk in stream) == whole.content
    last = sim.requests[-1]
    assert (last.method, last.query["starting_after"]) == ("GET", "11")
    assert last.query.get("api-version") == version
    assert last.headers["api-key"] == "****"
    assert "/openai/" in last.path


def test_other_apis_of_azure_have_no_rest(sim: Simulator) -> None:
    asked: dict[str, Any] = {"api": "chat_completions", "stream": True}
    settings: dict[str, Any] = {"azure_base_url": sim.base_url("azure"), "azure_api_key": "k"}
    seen: list[Any] = []

    class Looks:
        @hookimpl
        def chimeric_recover(self, context: Any) -> None:
            seen.append(context.rest())

    with Chimeric(plugins=[Looks()], max_retries=0, **settings) as client:
        stream = client.generate(
            "azure:gpt-4o", STORY, **asked, extra_body={"sim": {"cut_after": 5}}
        )
        with pytest.raises(Exception, match="connection broke"):
            list(stream)
    assert seen == [None]
