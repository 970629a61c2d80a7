"""What the contract's kit makes of the order of events and messages, and of declared members."""

from __future__ import annotations

import msgspec
from chimeric_testing.checks.endings import disturbed, gone_on, kinds_of, parted
from chimeric_testing.complete import begun, told_again
from chimeric_testing.declared import declared
from chimeric_testing.orders import moved, reordered, runs, whole

from chimeric import Event, Message, ProviderState

A, B, C, D = (Event(data) for data in (b"a", b"b", b"c", b"d"))


class Place(msgspec.Struct, rename={"at": "offset"}):
    at: int | None = None
    name: str | None = None


class Told(msgspec.Struct):
    text: str | None = None
    places: list[Place] | None = None
    done: bool | None = None


def test_numbered_neighbours_are_a_block_and_others_are_none() -> None:
    events = [{}, {"index": 0}, {"index": 0}, {"index": 1}, {"type": "end"}, {"index": 1}]
    assert runs(events) == [range(1, 3), range(3, 4), range(5, 6)]
    assert runs([{"delta": {"text": "a"}}]) == []


def test_a_block_is_told_again_left_out_behind_and_among_the_next() -> None:
    made = dict(moved([A, B, C, D], range(2), range(2, 4)))
    assert made["again"] == [A, B, A, B, C, D]
    assert made["left out"] == [C, D]
    assert made["behind the next"] == [C, D, A, B]
    assert made["among the next"] == [A, C, B, D]
    assert set(dict(moved([A], range(1), range(0)))) == {"again", "left out"}


def test_an_event_comes_again_at_several_places_behind_it() -> None:
    made = dict(reordered([A, B, C, D], 0, []))
    assert made["again after the next"] == [A, B, A, C, D]
    assert made["again after two"] == [A, B, C, A, D]
    assert made["again before the end"] == [A, B, A, C, D]


def test_a_block_is_whole_with_its_first_event() -> None:
    begins = {"index": 0, "block": {"type": "call", "input": {}}}
    answers = [{"content": [{"type": "text"}, {"type": "call", "input": {"a": 1}}]}]
    assert [odd for _, odd in whole(begins, answers)] == [
        {"index": 0, "block": {"type": "call", "input": {"a": 1}}}
    ]
    assert not list(whole({"index": 0, "block": {"type": "other"}}, answers))


def test_members_that_a_struct_declares_are_put_in_by_their_names_on_the_wire() -> None:
    value = {"text": "a", "places": [{"name": "b"}]}
    seen: set[str] = set()
    made = dict(declared(value, msgspec.convert(value, Told), seen))
    assert made["$ has done"] == {**value, "done": True}
    assert made["$.places[0] has offset"]["places"] == [{"name": "b", "offset": 7}]
    assert not list(declared(value, msgspec.convert(value, Told), seen)), "each of them once"
    assert not list(declared(value, value, set())), "plain data declares nothing"


def test_a_list_that_a_struct_declares_has_whole_items() -> None:
    made = dict(declared({"text": "a"}, Told("a"), set()))
    assert made["$ has places"]["places"] == [{"offset": 7, "name": "zodd"}]


def test_a_text_grows_and_the_word_for_the_end_is_told_with_all_of_it() -> None:
    value = {"say": "Once", "why": "stop"}
    made = dict(told_again(value, "stop", set()))
    assert made["$.say grows"] == ({"say": "On"}, value)
    assert made["$.say grows on"] == ({"say": "Once"}, {"say": "Oncez", "why": "stop"})
    assert made["$.why is left out, twice"] == ({"say": "Once"}, {"say": "Once"})


def test_a_stream_begins_with_the_beginning_of_an_answer() -> None:
    first = {"answer": {"id": "a", "text": "", "why": None}}
    odds = [odd for _, odd in begun(first, {"w": {"id": 1, "text": "Once", "why": None}})]
    assert {"answer": {"id": 1, "text": "On", "why": None}} in odds


def test_messages_change_places_are_missing_and_get_others_between_them() -> None:
    said = [Message("user", "a"), Message("assistant", "b"), Message("user", "c")]
    found = [odd["messages"] for odd in disturbed({"messages": said})]
    assert [said[1], said[0], said[2]] in found
    assert [said[0], said[2]] in found
    assert [*said[:1], Message("system", "Be brief."), *said[1:]] in found
    assert not list(disturbed({"messages": said[:1]}))


def test_conversations_of_the_same_kinds_of_message_are_alike() -> None:
    one, other = ({"messages": [Message("user", text)]} for text in "ab")
    named = {"messages": [Message("user", "a", extra={"x": 1})]}
    assert kinds_of(one) == kinds_of(other) != kinds_of(named)


def test_an_answer_with_state_is_told_as_two() -> None:
    said = [Message("assistant", "ab", state=ProviderState("acme", ["a", "b"]))]
    made = dict(parted(said))
    messages = made["parted at 1"]["messages"]
    states = [message.state.items for message in messages if message.state is not None]
    assert states == [["a"], ["b"]]
    assert [m.role for m in messages] == ["user", "assistant", "user", "assistant", "user"]
    later = [m.role for m in made["parted at 1, later"]["messages"]]
    assert later == [*["user", "assistant"] * 3, "user"]
    assert gone_on(said)["messages"][1] == said[0]
    assert not list(parted([Message("assistant", "a")]))
