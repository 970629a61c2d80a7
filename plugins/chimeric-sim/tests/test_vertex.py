"""Vertex AI, simulated: paths, tokens and errors where they differ from the providers' own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from chimeric_sim import Simulator

PLACE = "/v1/projects/p/locations/us-east5"
GEMINI = f"{PLACE}/publishers/google/models/gemini-2.5-flash:generateContent"
CLAUDE = f"{PLACE}/publishers/anthropic/models/claude-opus-4-6"
CHAT = f"{PLACE}/endpoints/openapi/chat/completions"

ASKED: dict[str, dict[str, Any]] = {
    GEMINI: {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
    f"{CLAUDE}:rawPredict": {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 20,
        "messages": [{"role": "user", "content": "Hi"}],
    },
    CHAT: {"model": "meta/llama-maas", "messages": [{"role": "user", "content": "Hi"}]},
}
TOKEN = {"authorization": "Bearer ya29.x"}


def post(sim: Simulator, path: str, body: Any, headers: Any = TOKEN) -> httpx.Response:
    return httpx.post(f"{sim.url}{path}", json=body, headers=headers)


@pytest.mark.parametrize("path", ASKED)
def test_a_token_is_wanted_and_its_absence_is_told_as_google_tells_it(path: str) -> None:
    with Simulator() as sim:
        assert post(sim, path, ASKED[path]).status_code == 200
        for headers in ({}, {"authorization": "Bearer bad"}):
            refused = post(sim, path, ASKED[path], headers)
            told = refused.json()
            listed = isinstance(told, list)
            error = told[0]["error"] if listed else told["error"]
            assert (refused.status_code, error["status"]) == (401, "UNAUTHENTICATED")
            # Google's gateway wraps errors of all but generateContent.
            assert listed is (path != GEMINI)


def test_gemini_tells_the_traffic_and_no_index() -> None:
    with Simulator() as sim:
        told = post(sim, GEMINI, ASKED[GEMINI]).json()
        express = post(
            sim, "/v1beta1" + GEMINI[len(PLACE) :], ASKED[GEMINI], {"x-goog-api-key": "k"}
        )
    assert told["usageMetadata"]["trafficType"] == "ON_DEMAND"
    assert "index" not in told["candidates"][0]
    assert told["createTime"].endswith("Z")
    assert express.status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"anthropic_version": "2023-06-01"}, "anthropic_version"),
        ({"model": "claude-opus-4-6"}, "model: Extra inputs"),
        ({"stream": True}, "stream"),
    ],
)
def test_claude_refuses_in_its_own_words(change: dict[str, Any], words: str) -> None:
    path = f"{CLAUDE}:rawPredict"
    with Simulator() as sim:
        refused = post(sim, path, {**ASKED[path], **change})
    assert refused.status_code == 400
    assert refused.json()["type"] == "error"
    assert words in refused.json()["error"]["message"]
