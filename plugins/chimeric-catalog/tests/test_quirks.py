"""What is particular about each service's answers, played by a server that does the same."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import Chimeric

from .service import Service, answer, client_of, sse

CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def chunk(delta: Any, finish: Any = None, **top: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **top}


def usage(prompt: int, completion: int, **more: Any) -> dict[str, Any]:
    total = prompt + completion
    return {
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": total,
            **more,
        }
    }


def test_perplexity_tells_the_usage_in_every_chunk_and_the_last_one_counts() -> None:
    body = sse(
        chunk({"role": "assistant", "content": "A"}, **usage(5, 1)),
        chunk({"content": "B"}, **usage(5, 2)),
        chunk(
            {},
            "stop",
            citations=["https://a.test"],
            search_results=[{"title": "A", "url": "https://a.test"}],
            object="chat.completion.done",
            **usage(5, 3),
        ),
    )
    got = answer("perplexity", body)
    assert (got.content, got.usage.completion_tokens) == ("AB", 3)
    assert got.metadata["citations"] == ["https://a.test"]
    cited = [c for part in got.parts for c in getattr(part, "citations", ())]
    assert [(c.url, c.title) for c in cited] == [("https://a.test", "A")]


def test_dashscopes_later_fragments_have_empty_ids_and_no_finish_reason_at_all() -> None:
    def fragment(**function: Any) -> dict[str, Any]:
        identity = "call_1" if "name" in function else ""
        call = {"index": 0, "id": identity, "type": "function", "function": function}
        return {"choices": [{"index": 0, "delta": {"content": None, "tool_calls": [call]}}]}

    body = sse(
        fragment(name="f", arguments=""),
        fragment(arguments='{"x":'),
        fragment(arguments=" 1}"),
        fragment(arguments=""),
        chunk({"content": ""}, "tool_calls", usage=None),
        {"choices": [], **usage(3, 4)},
    )
    got = answer("dashscope", body)
    assert [(c.id, c.name, c.arguments) for c in got.tool_calls] == [("call_1", "f", '{"x": 1}')]
    assert (got.finish_reason, got.usage.total_tokens) == ("tool_calls", 7)


def test_moonshots_cached_tokens_stand_at_the_top_of_its_usage() -> None:
    body = sse(
        chunk({"reasoning_content": "hm"}),
        chunk({"content": "ok"}),
        chunk({}, "stop", **usage(9, 2, cached_tokens=4)),
    )
    got = answer("moonshot", body)
    assert (got.reasoning, got.content, got.usage.cached_tokens) == ("hm", "ok", 4)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("sensitive", "content_filter"),
        ("model_context_window_exceeded", "length"),
        ("network_error", "other"),
    ],
)
def test_zais_words_for_an_end(word: str, reason: str) -> None:
    got = answer("zai", sse(chunk({"content": "x"}), chunk({}, word), done=True))
    assert got.finish_reason == reason


def test_eos_is_togethers_stop() -> None:
    got = answer(
        "together", sse(chunk({"reasoning": "hm"}), chunk({"content": "ok"}), chunk({}, "eos"))
    )
    assert (got.reasoning, got.finish_reason) == ("hm", "stop")


def test_a_stream_of_nvidia_that_ends_after_calls_without_a_reason_has_its_calls() -> None:
    got = answer("nvidia", sse(chunk({"tool_calls": [CALL]})))
    assert [c.name for c in got.tool_calls] == ["f"]
    assert got.finish_reason == "tool_calls"


def test_cloudflares_choices_may_have_no_index() -> None:
    body = sse(
        {"choices": [{"delta": {"content": "o"}}]},
        {"choices": [{"delta": {"content": "k"}, "finish_reason": "stop"}]},
    )
    assert answer("cloudflare", body).content == "ok"


def test_databricks_sends_claudes_content_as_a_list_of_parts() -> None:
    thought = {"type": "summary_text", "text": "hm", "signature": "s"}
    body = sse(
        chunk({"content": [{"type": "reasoning", "summary": [thought]}]}),
        chunk({"content": [{"type": "text", "text": "ok"}]}),
        chunk({}, "stop"),
    )
    got = answer("databricks", body)
    assert (got.reasoning, got.content) == ("hm", "ok")


def test_minimax_last_chunk_has_usage_and_a_choice_without_a_delta() -> None:
    body = sse(
        chunk({"reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}]}),
        chunk({"content": "ok"}, "stop"),
        {"choices": [{"index": 0, "finish_reason": "stop"}], **usage(3, 2)},
    )
    got = answer("minimax", body)
    assert (got.reasoning, got.content, got.usage.total_tokens) == ("hm", "ok", 5)


def test_friendli_sends_the_same_thought_in_two_fields_and_it_is_taken_once() -> None:
    body = sse(chunk({"reasoning": "h", "reasoning_content": "h"}), chunk({"content": "k"}, "stop"))
    assert answer("friendli", body).reasoning == "h"


def test_lm_studios_later_fragments_have_no_id_and_an_empty_name() -> None:
    first = {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": ""}}
    later = {"index": 0, "type": "function", "function": {"name": "", "arguments": '{"a":1}'}}
    body = sse(
        chunk({"tool_calls": [first]}), chunk({"tool_calls": [later]}), chunk({}, "tool_calls")
    )
    (call,) = answer("lmstudio", body).tool_calls
    assert (call.id, call.name, call.arguments) == ("1", "f", '{"a":1}')


def test_tgi_sends_a_call_as_an_object_and_arguments_as_another() -> None:
    call = {"index": 0, "id": "", "function": {"name": "f", "arguments": {"a": 1}}}
    (read,) = answer("tgi", sse(chunk({"tool_calls": call}), chunk({}, "eos_token"))).tool_calls
    assert (read.name, read.arguments.replace(" ", "")) == ("f", '{"a":1}')


def test_llama_cpp_tells_its_timings_and_comments_while_it_is_idle() -> None:
    body = b"data: " + sse(chunk({"content": "ok"}))[6:].split(b"\n\n")[0] + b"\n\n:\n\n"
    body += sse(chunk({}, "stop", timings={"predicted_per_second": 41.5}))
    got = answer("llamacpp", body)
    assert got.metadata["timings"]["predicted_per_second"] == 41.5


@pytest.mark.parametrize("name", ["vllm", "sglang", "litellm"])
def test_an_error_in_mid_stream_comes_with_status_200_and_is_an_error(name: str) -> None:
    from chimeric import ProviderError

    told = {"error": {"message": "engine died", "type": "InternalServerError", "code": "500"}}
    with pytest.raises(ProviderError, match="engine died"):
        answer(name, sse(chunk({"content": "x"}), told))


def test_sglangs_abort_is_no_success() -> None:
    got = answer("sglang", sse(chunk({"content": "x"}), chunk({}, "abort")))
    assert got.finish_reason == "other"


def test_snowflakes_claude_never_tells_how_it_ended() -> None:
    body = sse(
        chunk({"content": "", "tool_calls": [CALL], "refusal": ""}, id="", created=0),
        {"choices": [], **usage(3, 4)},
    )
    assert answer("snowflake", body).finish_reason == "tool_calls"
    body = sse(chunk({"content": "ok", "tool_calls": None}), {"choices": [], **usage(3, 4)})
    assert answer("snowflake", body).finish_reason == "stop"


def test_a_bare_list_of_models_is_read() -> None:
    with Service(b'[{"id":"a/b","context_length":9}]') as service:
        with client_of("together", service.server.url + "/v1") as client:
            (model,) = client.list_models("together")
    assert (model.id, model.context_window) == ("a/b", 9)


def test_a_local_server_needs_no_key_and_is_where_it_usually_is() -> None:
    with Service() as service, Chimeric(lmstudio_base_url=service.server.url) as client:
        client.generate("lmstudio:any", "Hi")
        (request,) = service.server.requests
    assert request.path == "/v1/chat/completions"
    assert "authorization" not in request.headers
