"""Items besides text: calls, reasoning, refusals, and what the provider ran."""

from __future__ import annotations

from typing import Any

from chimeric import Delta, Event, ToolCallDelta

from .parsed import body, call, delta, end, event, item_done, message, read


def test_a_call_is_announced_streamed_and_closed() -> None:
    told = read(
        event("response.output_item.added", output_index=1, item=call("")),
        event("response.function_call_arguments.delta", output_index=1, delta='{"a"'),
        event("response.function_call_arguments.delta", output_index=1, delta=":1}"),
        event("response.function_call_arguments.done", output_index=1, arguments='{"a":1}'),
        item_done(call(), 1),
        end(status="completed"),
    )
    calls = [c for d in told for c in d.tool_calls]
    assert calls[0] == ToolCallDelta(0, "call_1", "add")
    assert [c.arguments for c in calls] == ["", '{"a"', ":1}", '{"a":1}', '{"a":1}']
    assert [c.replace for c in calls] == [False, False, False, True, True]
    assert [c.complete for c in calls] == [False, False, False, False, True]
    assert told[-1].finish_reason == "tool_calls"
    assert told[-1].state == [call()]


def test_calls_are_told_apart_by_output_index_though_item_ids_change() -> None:
    told = read(
        event("response.output_item.added", output_index=0, item=call("", id="x1")),
        event("response.function_call_arguments.delta", output_index=0, item_id="x2", delta="{}"),
        item_done(call("{}", id="x3"), 0),
        end(output=[call("{}", id="x4")]),
    )
    assert {c.index for d in told for c in d.tool_calls} == {0}
    assert told[-1].state is not None
    assert len(told[-1].state) == 1


def test_calls_without_output_index_are_told_apart_by_item_id() -> None:
    def piece(item: str, said: str) -> Event:
        return event("response.function_call_arguments.delta", item_id=item, delta=said)

    told = read(
        event("response.output_item.added", item=call("", id="a", call_id="c1")),
        event("response.output_item.added", item=call("", id="b", call_id="c2")),
        piece("a", "1"),
        piece("b", "2"),
        piece("a", "3"),
    )
    indexes = [c.index for d in told for c in d.tool_calls]
    assert indexes == [0, 1, 0, 1, 0]


def test_arguments_that_only_the_done_event_holds_are_told() -> None:
    told = read(
        event("response.output_item.added", output_index=0, item=call("")),
        event("response.function_call_arguments.done", output_index=0, arguments='{"a":1}'),
    )
    assert [c.arguments for c in told[-1].tool_calls] == ['{"a":1}']


def test_arguments_as_an_object_become_text() -> None:
    (told,) = read(item_done({**call(), "arguments": {"a": 1}}))
    assert told.tool_calls[0].arguments == '{"a":1}'


def test_a_call_cut_short_is_never_complete_and_never_echoed() -> None:
    cut = call('{"a', status="incomplete")
    told = read(
        item_done(cut), end("incomplete", incomplete_details={"reason": "max_output_tokens"})
    )
    assert not told[0].tool_calls[0].complete
    assert told[-1].finish_reason == "length"
    assert told[-1].state is None


def test_a_custom_tool_takes_free_text() -> None:
    told = read(
        event(
            "response.output_item.added",
            output_index=0,
            item={"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": ""},
        ),
        event("response.custom_tool_call_input.delta", output_index=0, delta="SELECT"),
        event("response.custom_tool_call_input.done", output_index=0, input="SELECT 1"),
    )
    calls = [c for d in told for c in d.tool_calls]
    assert {c.kind for c in calls} == {"custom"}
    assert calls[-1].arguments == "SELECT 1"


def test_reasoning_paragraphs_are_kept_apart() -> None:
    def part(index: int) -> Event:
        return event(
            "response.reasoning_summary_part.added", output_index=0, summary_index=index, part={}
        )

    def piece(said: str) -> Event:
        return event("response.reasoning_summary_text.delta", output_index=0, delta=said)

    told = read(part(0), piece("One"), piece("."), part(1), part(2), piece("Two."))
    assert "".join(d.reasoning or "" for d in told) == "One.\n\nTwo."


def test_raw_reasoning_is_reasoning() -> None:
    (told,) = read(event("response.reasoning_text.delta", output_index=0, delta="hm"))
    assert told == Delta(reasoning="hm", block=(0, 0, "content"))


def test_reasoning_without_deltas_comes_from_the_item() -> None:
    item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "One."}, {"text": "Two."}],
    }
    told = read(item_done(item))
    assert [d.reasoning for d in told] == ["One.", "\n\nTwo."]
    assert [d.block for d in told] == [(0, 0, "summary"), (0, 1, "summary")]


def test_a_refusal_ends_the_turn_with_refusal() -> None:
    told = read(
        event("response.refusal.delta", output_index=0, delta="I can"),
        event("response.refusal.delta", output_index=0, delta="not."),
        event("response.refusal.done", output_index=0, refusal="I cannot."),
        item_done({"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}),
        end(status="completed"),
    )
    assert "".join(d.refusal or "" for d in told) == "I cannot."
    assert told[-1].finish_reason == "refusal"


def test_a_refusal_without_deltas_is_told() -> None:
    (told,) = read(event("response.refusal.done", output_index=0, refusal="I cannot."))
    assert told.refusal == "I cannot."
    answer = body(
        status="completed",
        output=[{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}],
    )
    assert (answer.refusal, answer.finish_reason) == ("No.", "refusal")


def test_items_that_the_provider_ran_are_told_and_echoed() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    told = read(item_done(search, 0), delta("Hi", 1), item_done(message("Hi"), 1), end(output=[]))
    assert [t.native for t in told[0].server_tools] == [None, search]
    assert [t.status for t in told[0].server_tools] == ["started", "completed"]
    assert told[-1].state == [search, message("Hi")]


def test_items_that_only_the_final_response_holds_take_their_place() -> None:
    listing: dict[str, Any] = {"type": "mcp_list_tools", "id": "mcpl_1", "tools": []}
    answer = message("Hi", id="msg_1")
    told = read(delta("Hi", 1), item_done(answer, 1), end(output=[listing, answer]))
    assert [t.native for t in told[-2].server_tools] == [None, listing]
    assert told[-1].state == [listing, answer]


def test_a_signature_that_only_the_final_output_has_goes_back_in_the_next_turn() -> None:
    thought = {"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": "Hm"}]}
    whole = {**thought, "content": [], "encrypted_content": "sealed"}
    final = event("response.completed", response={"status": "completed", "output": [whole]})
    told = read(item_done(thought), final)
    assert told[-1].state == [{**thought, "encrypted_content": "sealed"}]


def test_a_signature_that_was_told_is_not_told_anew() -> None:
    thought = {"type": "reasoning", "id": "r1", "summary": [], "encrypted_content": "first"}
    again = {**thought, "encrypted_content": "second"}
    final = event("response.completed", response={"status": "completed", "output": [again]})
    assert read(item_done(thought), final)[-1].state == [thought]
