"""What the contract's kit makes of recordings: places that are alike, and odd variants."""

from __future__ import annotations

import pytest
from chimeric_testing.checks.endings import cuts
from chimeric_testing.leaves import leaves
from chimeric_testing.splitting import cut_alike, few, split_alike
from chimeric_testing.spoiling import (
    bereft,
    blanked,
    everywhere,
    grown,
    merged,
    named_by_type,
    rearranged,
    retyped,
    spoilt,
    with_state,
)

from chimeric import Event, SSEFramer, StreamInterruptedError

BODY = b'event: a\ndata: {"n": 1}\n\ndata: {"n": 2}\n\n'


class Hasty:
    """A framer with a fault: what was read is an event, whole or not."""

    def feed(self, data: bytes) -> list[Event]:
        return [Event(data)] if data else []

    def end(self) -> list[Event]:
        return []


def is_data(data: bytes) -> bool:
    return data.endswith(b"}")


def test_every_place_of_a_split_is_alike_to_another_or_alone() -> None:
    groups = split_alike(BODY, SSEFramer, range(1, len(BODY)))
    assert sorted(place for group in groups for place in group) == list(range(1, len(BODY)))
    assert len(groups) == 2, "behind the first event, or before its end"


def test_a_framer_that_makes_other_events_of_a_split_is_told() -> None:
    with pytest.raises(AssertionError, match="split at byte 1"):
        split_alike(BODY, Hasty, range(1, len(BODY)))


def test_a_cut_behind_a_whole_payload_is_not_alike_to_one_within_it() -> None:
    groups = cut_alike(BODY, SSEFramer, range(len(BODY)), is_data)
    place = BODY.index(b"1}")
    (within,) = [group for group in groups if place in group]
    assert place + 2 not in within
    assert few(within)[0] == within[0]
    assert few(within)[-1] == within[-1]


class Strict(SSEFramer):
    """Says itself that what is left is no whole event, as framers of messages with a length do."""

    def end(self) -> list[Event]:
        left = super().end()
        if left:
            raise StreamInterruptedError("the body ends in an event")
        return left


def test_a_framer_may_say_itself_that_the_body_was_cut() -> None:
    groups = cut_alike(BODY, Strict, range(len(BODY)), is_data)
    assert sorted(place for group in groups for place in group) == list(range(len(BODY)))
    assert len(groups) < len(BODY) / 2


def test_a_member_goes_into_every_object_that_has_not_got_it() -> None:
    value = {"a": [{"name": 1}, {}], "b": "text"}
    assert everywhere(value, "name") == {
        "a": [{"name": 1}, {"name": "zmore"}],
        "b": "text",
        "name": "zmore",
    }


def test_members_of_an_object_elsewhere_are_put_into_the_one_in_its_place() -> None:
    one, other = {"part": {"text": "a"}}, {"part": {"call": 1, "text": "b"}}
    found = dict(merged(one, [one, other], 8))
    assert found == {"$.part has call too": {"part": {"call": 1, "text": "a"}}}


def test_each_type_is_called_otherwise_once() -> None:
    seen: set[str] = set()
    value = {"type": "delta", "block": {"type": "text"}}
    found = dict(retyped(value, seen))
    assert {"type": "delta", "block": {"type": "output_text"}} in found.values()
    assert all(odd["type"] == "delta" for odd in found.values()), "the event's own type stays"
    assert not list(retyped(value, seen))


def test_of_many_changes_the_same_ones_are_chosen_each_time() -> None:
    value = {f"m{n}": n for n in range(100)}
    first = list(spoilt(value, 60))
    assert first == list(spoilt(value, 60))
    assert len(first) == 60
    touched = {name.partition(" ")[0] for name, _ in first}
    assert len(touched) > 30, "all over the data"
    assert len(list(leaves(value))) == 100


def test_each_member_and_item_is_left_out_once() -> None:
    assert [odd for _, odd in bereft({"a": [1, 2], "b": 3})] == [
        {"b": 3},
        {"a": [2], "b": 3},
        {"a": [1], "b": 3},
        {"a": [1, 2]},
    ]


def test_each_text_is_blank_once_and_what_is_blank_stays() -> None:
    found = [odd for _, odd in blanked({"a": "one", "b": ["two", "", 7]})]
    assert found == [{"a": " ", "b": ["two", "", 7]}, {"a": "one", "b": [" ", "", 7]}]


def test_items_of_a_list_come_twice_and_later_than_their_neighbours() -> None:
    assert [odd for _, odd in rearranged({"a": [1, 2]})] == [
        {"a": [1, 1, 2]},
        {"a": [2, 1]},
        {"a": [1, 2, 2]},
    ]


def test_an_object_gets_a_member_of_its_types_name_unless_it_has_one() -> None:
    value = {"type": "delta", "of": [{"type": "text", "text": "said"}, {"type": "call"}]}
    assert named_by_type(value) == {
        "type": "delta",
        "delta": "zmore",
        "of": [{"type": "text", "text": "said"}, {"type": "call", "call": "zmore"}],
    }


def test_a_conversation_is_cut_at_both_ends_with_its_own_arguments() -> None:
    found = list(cuts({"messages": ["a", "b", "c"], "reasoning_effort": "low", "n": 1}))
    assert [cut["messages"] for cut in found] == [["b", "c"], ["c"], ["a", "b"], ["a"]]
    assert all(cut["reasoning_effort"] == "low" and cut["n"] == 1 for cut in found)
    assert [cut["reasoning_effort"] for cut in cuts({"messages": ["a", "b"]})] == ["high", "high"]
    assert not list(cuts({"messages": "a line"}))


def test_another_word_says_how_something_went_in_the_case_of_its_own() -> None:
    value = {"runs": [{"outcome": "OUTCOME_OK"}, {"outcome": "OUTCOME_OK"}], "urlStatus": "ok"}
    odd = [one for _, one in with_state(value, set())]
    assert {**value, "urlStatus": "failed"} in odd
    words = {one["runs"][0]["outcome"] for one in odd}
    assert {"OUTCOME_FAILED", "OUTCOME_SUCCESS"} <= words
    assert all(one["runs"][1] == value["runs"][1] for one in odd), "one place is tried once"


def test_a_list_grows_where_it_is_told_again_and_the_end_comes_last() -> None:
    value = {"found": [{"type": "page", "url": "a", "n": 1}], "why": "stop"}
    (pair,) = [pair for _, pair in grown(value, "stop", set())]
    longer = [*value["found"], {"type": "page", "url": "az", "n": 2}]
    assert pair == ({"found": value["found"]}, {"found": longer, "why": "stop"})
    assert value["found"] != longer
