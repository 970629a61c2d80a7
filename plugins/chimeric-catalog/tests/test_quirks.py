"""What is particular about each service's answers, played by a server that does the same."""

from __future__ import annotations

from typing import Any

import msgspec
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
    end = chunk({}, "eos", warnings=["careful"], **usage(9, 2, cached_tokens=4))
    got = answer("together", sse(chunk({"reasoning": "hm"}), chunk({"content": "ok"}), end))
    assert (got.reasoning, got.finish_reason, got.usage.cached_tokens) == ("hm", "stop", 4)
    assert got.metadata["warnings"] == ["careful"]


def test_speeds_are_in_the_native_usage() -> None:
    end = {"choices": [], **usage(1, 2, total_tokens_per_sec=99.5)}
    got = answer("sambanova", sse(chunk({"content": "ok"}, "stop"), end))
    assert got.metadata["usage_native"]["total_tokens_per_sec"] == 99.5


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


def whole(delta: Any, message: Any, finish: Any = None, **top: Any) -> dict[str, Any]:
    """A chunk that says once more in ``message`` what was said so far."""
    choice = {"index": 0, "delta": delta, "message": message, "finish_reason": finish}
    return {"id": "c", "choices": [choice], **top}


def test_perplexity_repeats_the_answer_beside_each_piece_and_tells_its_steps() -> None:
    step = {"thought": "t", "type": "web_search"}
    body = sse(
        whole({"role": "assistant", "content": "A"}, {"role": "assistant", "content": "A"}),
        whole({"content": "B"}, {"role": "assistant", "content": "AB"}),
        whole({"content": "", "reasoning_steps": [step]}, {"content": "AB"}, "stop"),
    )
    got = answer("perplexity", body)
    assert (got.content, got.reasoning) == ("AB", "t")
    assert got.metadata["reasoning_steps"] == [step]


@pytest.mark.parametrize("form", ["a stream", "an answer"])
def test_writers_own_tools_tell_what_they_found_beside_the_text(form: str) -> None:
    graph = {"sources": [{"file_id": "f"}], "status": "finished"}
    said = {"content": "ok", "graph_data": graph}
    if form == "a stream":
        body = sse(whole(said, {"content": "ok"}), chunk({}, "stop"))
    else:
        choice = {"index": 0, "message": {"role": "assistant", **said}, "finish_reason": "stop"}
        body = msgspec.json.encode({"choices": [choice]})
    got = answer("writer", body)
    assert (got.content, got.metadata["graph_data"]) == ("ok", graph)


def test_deepinfras_gemini_counts_its_reasoning_apart() -> None:
    told = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 17}
    details = {"completion_tokens_details": {"reasoning_tokens": 10}, "estimated_cost": 0.1}
    body = sse(chunk({"content": "ok"}, "stop"), {"choices": [], "usage": {**told, **details}})
    assert answer("deepinfra", body).usage.completion_tokens == 12


@pytest.mark.parametrize("name", ["novita", "inception", "friendli"])
def test_a_small_limit_may_leave_no_text_at_all(name: str) -> None:
    body = sse(chunk({"reasoning_content": "hm"}), chunk({"content": ""}, "length"))
    got = answer(name, body)
    assert (got.content, got.finish_reason) == ("", "length")


def test_moonshots_usage_may_stand_in_the_choice() -> None:
    end = chunk({}, "stop")
    end["choices"][0] |= usage(4, 5)
    assert answer("moonshot", sse(chunk({"content": "x"}), end)).usage.total_tokens == 9


@pytest.mark.parametrize("first", [0, 1])
def test_parallel_calls_may_all_have_the_same_index(first: int) -> None:
    def call(identity: str, name: str) -> dict[str, Any]:
        function = {"name": name, "arguments": "{}"}
        return chunk({"tool_calls": [{"index": first, "id": identity, "function": function}]})

    body = sse(call("a", "f"), call("b", "g"), chunk({}, "tool_calls"), chunk({}, "stop"))
    got = answer("litellm", body)
    assert [(c.id, c.name) for c in got.tool_calls] == [("a", "f"), ("b", "g")]
    assert got.finish_reason == "tool_calls"


@pytest.mark.parametrize("name", ["ovhcloud", "crusoe", "upstage", "vercel"])
def test_reasoning_comes_under_its_shorter_name(name: str) -> None:
    body = sse(chunk({"reasoning": "hm", "content": None}), chunk({"content": "ok"}, "stop"))
    got = answer(name, body)
    assert (got.reasoning, got.content) == ("hm", "ok")


def test_dashscope_tells_what_it_has_searched() -> None:
    found = {"search_results": [{"url": "https://a.test"}]}
    got = answer("dashscope", sse(chunk({"content": "A"}), chunk({}, "stop", search_info=found)))
    assert got.metadata["search_info"] == found


def test_zai_tells_its_id_of_the_request() -> None:
    body = sse(chunk({"content": "A"}, "stop", request_id="r1"))
    assert answer("zai", body).metadata["request_id"] == "r1"


def test_tags_of_thoughts_within_the_text_stay_there() -> None:
    body = sse(chunk({"content": "<think>hm</think>"}), chunk({"content": "ok"}, "stop"))
    assert answer("sambanova", body).content == "<think>hm</think>ok"
