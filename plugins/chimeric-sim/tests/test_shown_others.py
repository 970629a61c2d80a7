"""What Cohere and Bedrock show besides text, read by their official SDKs."""

from __future__ import annotations

import base64

import httpx
import pytest
from chimeric_sim import Simulator

REASON = "the official SDK is a test-only oracle"
ASK = [{"role": "user", "content": "What is known of tides?"}]
DOCUMENTS = [
    {"id": "first", "data": {"title": "Notes", "text": "The moon pulls."}},
    "And the sun a little.",
]


@pytest.fixture
def cohere(sim: Simulator):
    module = pytest.importorskip("cohere", reason=REASON)
    with httpx.Client() as transport:
        yield module.ClientV2(
            api_key="any", base_url=sim.base_url("cohere"), httpx_client=transport
        )


@pytest.mark.parametrize("mode", ["FAST", "ACCURATE"])
def test_cohere_cites_the_documents_that_it_was_given(cohere, mode):
    fields = {"documents": DOCUMENTS, "citation_options": {"mode": mode}}
    model = "command-a-03-2025"
    events = list(cohere.chat_stream(model=model, messages=ASK, **fields))
    text = "".join(e.delta.message.content.text for e in events if e.type == "content-delta")
    starts = [e.delta.message.citations for e in events if e.type == "citation-start"]
    assert text == "The moon pulls. And the sun a little. "
    assert [text[c.start : c.end] for c in starts] == [c.text for c in starts]
    assert [c.sources[0].id for c in starts] == ["first", "doc_1"]
    order = [e.type for e in events]
    last_text = max(i for i, name in enumerate(order) if name == "content-delta")
    assert (order.index("citation-start") < last_text) == (mode == "FAST")
    whole = cohere.chat(model=model, messages=ASK, **fields)
    assert [c.text for c in whole.message.citations] == [c.text for c in starts]


def test_cohere_tells_probabilities(cohere):
    events = list(cohere.chat_stream(model="echo", messages=ASK, logprobs=True))
    deltas = [e for e in events if e.type == "content-delta"]
    assert [e.logprobs.text for e in deltas] == [e.delta.message.content.text for e in deltas]
    whole = cohere.chat(model="echo", messages=ASK, logprobs=True)
    assert "".join(item.text for item in whole.logprobs) == ASK[0]["content"]


@pytest.fixture
def bedrock(sim: Simulator):
    boto3 = pytest.importorskip("boto3", reason=REASON)
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=sim.base_url("bedrock"),
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    yield client
    client.close()


def converse(names: list[str], messages=None) -> dict:
    tools = [{"systemTool": {"name": name}} for name in names]
    asked = [{"role": "user", "content": [{"text": ASK[0]["content"]}]}]
    model = "us.amazon.nova-micro-v1:0"
    return {"modelId": model, "messages": messages or asked, "toolConfig": {"tools": tools}}


def test_bedrock_runs_code_and_cites_what_it_found(bedrock):
    asked = converse(["nova_code_interpreter", "nova_grounding"])
    events = list(bedrock.converse_stream(**asked)["stream"])
    starts = [e["contentBlockStart"] for e in events if "contentBlockStart" in e]
    deltas = [e["contentBlockDelta"] for e in events if "contentBlockDelta" in e]
    call, result = starts[0]["start"]["toolUse"], starts[1]["start"]["toolResult"]
    assert (call["name"], call["type"]) == ("nova_code_interpreter", "server_tool_use")
    assert result == {
        "toolUseId": call["toolUseId"],
        "type": "nova_code_interpreter_result",
        "status": "success",
    }
    ran = next(d["delta"]["toolResult"] for d in deltas if "toolResult" in d["delta"])
    assert ran[0]["json"]["stdOut"] == "17\n"
    cited = [d["delta"]["citation"] for d in deltas if "citation" in d["delta"]]
    assert cited[0]["location"]["web"]["url"].startswith("https://example.com/")
    stops = [e["contentBlockStop"]["contentBlockIndex"] for e in events if "contentBlockStop" in e]
    assert stops == list(range(len(stops)))


def test_bedrock_takes_its_own_blocks_back(bedrock):
    asked = converse(["nova_code_interpreter", "nova_grounding"])
    message = bedrock.converse(**asked)["output"]["message"]
    kinds = [next(iter(block)) for block in message["content"]]
    assert kinds[:2] == ["toolUse", "toolResult"]
    assert "citationsContent" in kinds
    more = {"role": "user", "content": [{"text": "And once more?"}]}
    history = [*asked["messages"], message, more]
    again = bedrock.converse(**converse(["nova_grounding"], history))
    assert again["stopReason"] == "end_turn"
    del message["content"][1]
    with pytest.raises(bedrock.exceptions.ValidationException, match="Expected toolResult"):
        bedrock.converse(**converse(["nova_grounding"], history))


def test_bedrock_brings_pictures(bedrock):
    asked = {**converse([]), "modelId": "amazon.nova-image"}
    del asked["toolConfig"]
    events = list(bedrock.converse_stream(**asked)["stream"])
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    picture = next(d["image"]["source"]["bytes"] for d in deltas if "image" in d)
    assert picture.startswith(b"\x89PNG")
    content = bedrock.converse(**asked)["output"]["message"]["content"]
    assert content[0]["image"]["source"]["bytes"] == picture


def test_ollama_says_what_it_can_say(sim):
    body = {"model": "sim-show", "messages": ASK, "stream": False}
    reply = httpx.post(f"{sim.url}/api/chat", json=body)
    text = reply.json()["message"]["content"]
    assert "add up to 17" in text
    assert base64.b64encode(b"\x89PNG").decode()[:5] not in text
