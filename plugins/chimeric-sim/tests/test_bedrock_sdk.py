"""boto3 against the simulator's Converse."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

boto3 = pytest.importorskip("boto3", reason="the official SDK is a test-only oracle")
exceptions = pytest.importorskip("botocore.exceptions", reason="comes with boto3")
config = pytest.importorskip("botocore.config", reason="comes with boto3")

MODEL = "us.anthropic.claude-sonnet-4-6-v1:0"
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "description": "Weather now",
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}}
                },
            }
        }
    ]
}


def connect(
    sim: Simulator, key: str = "AKIDANY", service: str = "bedrock-runtime", secret: str = "secret"
):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=sim.base_url("bedrock"),
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config.Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def client(sim: Simulator):
    client = connect(sim)
    yield client
    client.close()


def say(text: str) -> list[dict]:
    return [{"role": "user", "content": [{"text": text}]}]


def test_a_story_streams_in_checked_frames(client):
    events = list(client.converse_stream(modelId=MODEL, messages=say("Tell of glass"))["stream"])
    text = "".join(
        e["contentBlockDelta"]["delta"].get("text", "") for e in events if "contentBlockDelta" in e
    )
    assert "glass" in text
    assert events[-2] == {"messageStop": {"stopReason": "end_turn"}}
    usage = events[-1]["metadata"]["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]


def test_tools_are_called_and_answered(client):
    messages = say("Weather in Rome")
    answer = client.converse(modelId="think", messages=messages, toolConfig=TOOLS)
    assert answer["stopReason"] == "tool_use"
    turn = answer["output"]["message"]
    call = turn["content"][-1]["toolUse"]
    assert call["input"] == {"city": "Rome"}
    result = {"toolUseId": call["toolUseId"], "content": [{"text": "sunny"}]}
    history = [*messages, turn, {"role": "user", "content": [{"toolResult": result}]}]
    last = client.converse(modelId="think", messages=history, toolConfig=TOOLS)
    assert "sunny" in last["output"]["message"]["content"][-1]["text"]
    with pytest.raises(client.exceptions.ValidationException, match="Expected toolResult"):
        client.converse(modelId="think", messages=history[:2], toolConfig=TOOLS)
    with pytest.raises(client.exceptions.ValidationException, match="toolConfig field"):
        client.converse(modelId="think", messages=history)


def test_errors_are_the_sdk_s_own(sim, client):
    with pytest.raises(client.exceptions.ValidationException, match="identifier is invalid"):
        client.converse(modelId="nothing", messages=say("x"))
    refused = connect(sim, "badkey")
    with pytest.raises(exceptions.ClientError, match="UnrecognizedClientException"):
        refused.converse(modelId=MODEL, messages=say("x"))
    refused.close()
    stream = client.converse_stream(
        modelId=MODEL,
        messages=say("x"),
        additionalModelRequestFields={"sim": {"fail_after": 3}},
    )["stream"]
    with pytest.raises(exceptions.EventStreamError, match="mid-stream"):
        list(stream)
    stream.close()


def test_models_are_listed(sim):
    client = connect(sim, service="bedrock")
    found = client.list_foundation_models()["modelSummaries"]
    assert "amazon.nova-micro-v1:0" in [m["modelId"] for m in found]
    client.close()


def test_signatures_are_recomputed_where_the_secret_is_known():
    with Simulator(keys=["AKIDPAIR:right"]) as sim:
        good = connect(sim, "AKIDPAIR", secret="right")
        assert good.converse(modelId=MODEL, messages=say("x"))["stopReason"] == "end_turn"
        wrong = connect(sim, "AKIDPAIR", secret="wrong")
        with pytest.raises(exceptions.ClientError, match="signature we calculated does not match"):
            wrong.converse(modelId=MODEL, messages=say("x"))
        stranger = connect(sim, "AKIDOTHER", secret="right")
        with pytest.raises(exceptions.ClientError, match="UnrecognizedClientException"):
            stranger.converse(modelId=MODEL, messages=say("x"))
        for client in (good, wrong, stranger):
            client.close()
