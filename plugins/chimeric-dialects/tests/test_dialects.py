"""Every dialect reads, encodes and refuses, with nothing but the library."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from chimeric_dialects import (
    Answer,
    ChatCompletions,
    Close,
    Cohere,
    Converse,
    Gemini,
    Interactions,
    Messages,
    Ollama,
    Problem,
    Request,
    Responses,
    Service,
    Signer,
    Step,
    Usage,
    encode,
    kind_of_status,
)

SERVICE = Service()
WORDS = ["Tides", " come", " and", " “go”."]


def told(answer: Answer, signer: Signer | None = None) -> Iterator[Step]:
    """A thought and a text."""
    thought = answer.block("thought")
    for step in answer.grow(thought, ["Let me", " see."]):
        if isinstance(step, Close):
            thought.signature = (signer or SERVICE.signer).sign("thought", thought.text)
        yield step
    yield from answer.grow(answer.block("text"), WORDS)
    yield answer.finish("stop")


def called(answer: Answer, call_id: str) -> Iterator[Step]:
    """A call."""
    yield from answer.grow(answer.block("call", id=call_id, name="add"), ['{"x"', ": 2}"])
    yield answer.finish("tool_calls")


# --- requests ------------------------------------------------------------------------------------


def test_a_request_means_the_same_in_every_protocol(case):
    prompt = case.dialect.read(case.request(), SERVICE)
    assert (prompt.model, prompt.model_id, prompt.stream) == ("any", "any", True)
    assert [(turn.role, turn.text) for turn in prompt.turns] == [
        ("system", "Be brief."),
        ("user", "Hi"),
    ]
    assert [(tool.name, tool.schema["type"]) for tool in prompt.tools] == [("add", "object")]
    assert prompt.choice == "auto"
    assert prompt.body == json.loads(case.request().body)


def test_a_request_for_a_whole_answer_is_told_apart(case):
    assert case.dialect.read(case.request(stream=False), SERVICE).stream is False


def test_a_dialect_knows_its_path_by_itself(case):
    every = (ChatCompletions, Responses, Messages, Gemini, Interactions, Cohere, Converse, Ollama)
    assert [kind for kind in every if kind().serves(case.request())] == [type(case.dialect)]
    assert not case.dialect.serves(Request("GET", "/v1/models"))


def test_a_key_is_found_and_a_missing_one_refused(case):
    assert case.dialect.key(case.request()) == "any"
    case.dialect.authenticate(case.request(), SERVICE)
    bare = Request("POST", case.target)
    assert case.dialect.key(bare) is None
    if case.target == "/api/chat":  # Ollama wants none
        case.dialect.authenticate(bare, SERVICE)
    else:
        with pytest.raises(Problem, match="no key"):
            case.dialect.authenticate(bare, SERVICE)


def test_a_body_that_the_server_has_decoded_is_not_decoded_again(case):
    request = case.request()
    body = request.json()
    request.body = b""
    assert case.dialect.read(request, SERVICE, body).last_user_text == "Hi"


# --- answers -------------------------------------------------------------------------------------


def test_a_stream_brings_every_text_once_and_its_terminal_signal(case):
    prompt, answer = case.dialect.read(case.request(), SERVICE), Answer(Usage(input=9, output=6))
    encoder = case.dialect.encoder(prompt, answer, SERVICE)
    events = case.events(b"".join(encode(encoder, told(answer))))
    assert "".join(case.texts(events)) == "".join(WORDS)
    assert case.ended(events)
    assert not case.failed(events)


def test_every_piece_of_a_stream_is_sent_when_it_comes(case):
    prompt, answer = case.dialect.read(case.request(), SERVICE), Answer()
    encoder = case.dialect.encoder(prompt, answer, SERVICE)
    pieces = list(encode(encoder, told(answer)))
    assert len(pieces) in (7, 8)  # six pieces, the end, and the beginning where there is one
    if not isinstance(case.dialect, Gemini):  # it gathers a few tokens in a frame
        assert sum(b"come" in piece for piece in pieces[:-1]) == 1


def test_a_whole_answer_has_the_text_of_the_stream(case):
    prompt, answer = case.dialect.read(case.request(stream=False), SERVICE), Answer()
    encoder = case.dialect.encoder(prompt, answer, SERVICE)
    *_, done = told(answer)
    reply = case.dialect.whole(prompt, encoder, done)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert case.content(json.loads(reply.body)) == "".join(WORDS)


def test_a_call_is_encoded_with_an_id_in_the_protocols_manner(case):
    prompt, answer = case.dialect.read(case.request(stream=False), SERVICE), Answer()
    encoder = case.dialect.encoder(prompt, answer, SERVICE)
    call_id = case.dialect.call_id(prompt, "add")
    *_, done = called(answer, call_id)
    body = json.loads(case.dialect.whole(prompt, encoder, done).body)
    assert case.calls(body) == [("add", {"x": 2}, call_id)]
    assert call_id != case.dialect.call_id(prompt, "add")


def test_a_stream_that_breaks_off_never_ends_well(case):
    def broken(answer: Answer) -> Iterator[Step]:
        yield from list(told(answer))[:-3]
        raise Problem("overloaded", "Too many tides.")

    def silent(answer: Answer) -> Iterator[Step]:
        yield from list(told(answer))[:-1]

    for steps in (broken, silent):
        prompt, answer = case.dialect.read(case.request(), SERVICE), Answer()
        encoder = case.dialect.encoder(prompt, answer, SERVICE)
        events = case.events(b"".join(encode(encoder, steps(answer))))
        assert case.failed(events)
        assert not case.ended(events)


def test_chat_completions_go_by_the_model_unless_they_are_told_whose_words_to_use():
    body = {"model": "mistral-large", "messages": [{"role": "user", "content": "Hi"}]}
    request = Request("POST", "/v1/chat/completions", {}, json.dumps(body).encode())
    frames = {}
    for dialect in (ChatCompletions(), ChatCompletions("openai"), ChatCompletions("groq")):
        prompt, answer = dialect.read(request, SERVICE), Answer()
        encoder = dialect.encoder(prompt, answer, SERVICE)
        frames[dialect] = b"".join(encode(encoder, told(answer)))
    mistral, openai, groq = frames.values()
    assert b'"type":"thinking"' in mistral
    assert b'"reasoning_content":' in openai
    assert b'"reasoning":' in groq


# --- refusals ------------------------------------------------------------------------------------


class Shop(Service):
    """Has no model at all."""

    def check_model(self, model: str) -> None:
        raise Problem("unknown_model", model)


def test_an_unknown_model_is_refused_in_the_protocols_shape(case):
    with pytest.raises(Problem) as caught:
        case.dialect.read(case.request(), Shop())
    reply = case.dialect.refuse(caught.value)
    assert reply.status == {Responses: 400, Converse: 400}.get(type(case.dialect), 404)
    assert "model" in case.message(json.loads(reply.body)).lower()


def test_a_body_that_is_no_json_is_refused(case):
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        request = Request("POST", case.target, case.headers, body)
        with pytest.raises(Problem) as caught:
            case.dialect.read(request, SERVICE)
        assert caught.value.kind == "malformed"
        assert case.dialect.refuse(caught.value).status == 400


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 429, 500, 502, 503, 529])
def test_an_error_keeps_its_status_and_says_how_long_to_wait(case, status):
    problem = Problem(kind_of_status(status), "Out of tides.", status=status, retry_after=2)
    reply = case.dialect.refuse(problem)
    assert reply.status == status
    assert case.message(json.loads(reply.body))
    if isinstance(case.dialect, Gemini):
        assert b'"retryDelay": "2s"' in reply.body
        assert "retry-after" not in reply.headers
    else:
        assert reply.headers["retry-after"] == "2"


def test_an_unknown_field_is_refused_only_by_a_strict_service(case):
    body = {**case.body, "unheard_of": 1}
    if isinstance(case.dialect, (ChatCompletions, Responses)):
        body["model"] = "gpt-4o"  # other models' servers take what they do not know
    if case.target == "/api/chat" or isinstance(case.dialect, Converse):
        case.dialect.read(case.request(body), SERVICE)
        return
    with pytest.raises(Problem, match=r"unheard_?[oO]f|Extra inputs"):
        case.dialect.read(case.request(body), SERVICE)
    assert case.dialect.read(case.request(body), Service(strict=False)).last_user_text == "Hi"


def test_whatever_a_body_holds_is_read_or_refused(case):
    rng = random.Random(1)
    junk = [None, 0, -1, True, "", "x", [], {}, [1], {"a": 1}, 1.5, "\ud800", [{}]]
    refused: list[Problem] = []
    for _ in range(600):
        body = deepcopy(case.body)
        place: Any = body
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = rng.choice(keys)
            if not isinstance(place[key], (dict, list)) or not place[key] or rng.random() < 0.2:
                break
            place = place[key]
        place[key] = rng.choice(junk)
        try:
            prompt = case.dialect.read(case.request(body), SERVICE)
        except Problem as problem:
            refused.append(problem)
        else:
            assert prompt.body == json.loads(case.request(body).body)
    assert len(refused) > 100
    assert {case.dialect.refuse(problem).status for problem in refused} <= {400, 404, 422}


@pytest.mark.parametrize("name", [1, True, ["add"], {"a": 1}])
def test_a_call_whose_name_is_no_text_is_refused(name):
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
    ]
    body = json.dumps({"model": "any", "messages": history}).encode()
    with pytest.raises(Problem, match="wrong type"):
        ChatCompletions().read(Request("POST", "/v1/chat/completions", {}, body), SERVICE)


# --- thoughts ------------------------------------------------------------------------------------


def test_a_thought_comes_back_only_with_the_signature_of_its_service():
    dialect = Messages()
    answer = Answer()
    list(told(answer))
    thought = answer.blocks[0]
    history = [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": thought.text, "signature": thought.signature},
                {"type": "text", "text": "Tides."},
            ],
        },
        {"role": "user", "content": "More"},
    ]
    body = {"model": "any", "max_tokens": 2000, "messages": history}
    headers = {"anthropic-version": "2023-06-01"}
    request = Request("POST", "/v1/messages", headers, json.dumps(body).encode())
    assert dialect.read(request, SERVICE).last_user_text == "More"
    with pytest.raises(Problem, match="Invalid `signature`"):
        dialect.read(request, Service())


def test_services_with_one_key_know_each_others_signatures():
    first, second = Signer(b"k"), Signer(b"k")
    assert second.verify("thought", "Let me see.", first.sign("thought", "Let me see."))
    assert not second.verify("thought", "Let me see!", first.sign("thought", "Let me see."))
    assert not second.verify("thought", "Let me see.", None)


def test_thoughts_are_hidden_where_the_request_does_not_ask_for_them():
    for reasoning in ({}, {"summary": "auto"}):
        body = {"model": "any", "input": "Hi", "reasoning": reasoning}
        request = Request("POST", "/v1/responses", {}, json.dumps(body).encode())
        prompt, answer = Responses().read(request, SERVICE), Answer()
        stream = b"".join(encode(Responses().encoder(prompt, answer, SERVICE), told(answer)))
        assert (b"Let me" in stream) is bool(reasoning)


def test_a_remembered_conversation_goes_on():
    class Shelf(Service):
        """Keeps conversations."""

        def __init__(self) -> None:
            super().__init__()
            self.kept: dict[object, Any] = {}

        def store_conversation(self, response_id, turns):
            self.kept[response_id] = turns

        def conversation(self, response_id):
            return self.kept.get(response_id)

    dialect, shelf = Responses(), Shelf()
    first = Request("POST", "/v1/responses", {}, b'{"model": "any", "input": "Hi"}')
    prompt, answer = dialect.read(first, shelf), Answer()
    encoder = dialect.encoder(prompt, answer, shelf)
    *_, done = told(answer)
    made = json.loads(dialect.whole(prompt, encoder, done).body)["id"]
    body = {"model": "any", "input": "More", "previous_response_id": made}
    again = Request("POST", "/v1/responses", {}, json.dumps(body).encode())
    turns = dialect.read(again, shelf).turns
    assert [turn.text for turn in turns] == ["Hi", "".join(WORDS), "More"]
    with pytest.raises(Problem, match="not found"):
        dialect.read(again, SERVICE)
