"""Tools, calls and their results arrive, and belong to each other as they did."""

from __future__ import annotations

from typing import Any, Final

from chimeric import Message, Tool, ToolCall, ToolName
from chimeric_testing.asked import Asked
from chimeric_testing.harness import Harness
from chimeric_testing.leaves import Place, leaves, nodes
from chimeric_testing.recorded import is_object

__all__ = ["ToolChecks"]


def tool(number: int, required: tuple[str, ...] = ("zneed",), **more: Any) -> Tool:
    """A tool with a schema that has something of everything, all with a number of its own."""
    properties: dict[str, Any] = {
        "zneed": {"type": "string", "description": f"zabout_need{number}"},
        "zcount": {"type": "integer", "description": f"zabout_count{number}"},
        "zkind": {"type": "string", "enum": [f"zred{number}", f"zblue{number}"]},
        "zlist": {"type": "array", "items": {"type": "number", "description": f"zitem{number}"}},
        "zinner": {
            "type": "object",
            "properties": {
                f"zdeep{number}": {"type": "boolean", "description": f"zabout_deep{number}"}
            },
            "required": [f"zdeep{number}"],
        },
    }
    named = {f"{name}{number}": value for name, value in properties.items()}
    names = [f"{name}{number}" for name in required]
    parameters = {"type": "object", "properties": named, "required": names}
    about = f"zabout_tool{number}"
    return Tool(name=f"ztool{number}", description=about, parameters=parameters, **more)


TYPES: Final = {"zneed": "string", "zcount": "integer", "zlist": "array", "zinner": "object"}
ABOUT: Final = ("zabout_tool", "zabout_need", "zabout_count", "zabout_deep", "zred", "zblue")
ABOUT_ITEMS: Final = ("zitem", "zdeep", "zkind")
CALLED: Final = (
    ToolCall("zcall1", "ztool1", '{"zneed1":"zargument1"}'),
    ToolCall("zcall2", "ztool2", '{"zneed2":"zargument2"}'),
)
ASK: Final = Message("user", "zask")
CHOICES: Final[tuple[Any, ...]] = (
    "auto",
    "none",
    "required",
    ToolName("ztool1"),
    ToolName("ztool2"),
)


def results(first: str = "zresult1", second: str = "zresult2", **more: Any) -> list[Message]:
    """The two calls and their results."""
    return [
        ASK,
        Message("assistant", "zanswer", CALLED),
        Message("tool", first, tool_call_id="zcall1", name="ztool1"),
        Message("tool", second, tool_call_id="zcall2", name="ztool2", **more),
        Message("user", "zafter"),
    ]


class ToolChecks(Harness):
    """Tools and what came of them."""

    def test_a_tool_is_sent_with_all_of_its_schema(self) -> None:
        asked = self._tools(messages=[ASK])
        if asked is None:
            return
        assert asked.at("ztool1") is not None, "the tool was not sent"
        assert (asked.at("ztool1") or (0, 0)) < (asked.at("ztool2") or (0, 0)), "their order"
        for number, other in ((1, "2"), (2, "1")):
            places = asked.parts_with(f"ztool{number}", f"ztool{other}")
            for token in (*ABOUT, *ABOUT_ITEMS):
                near = any(place.says(f"{token}{number}") for place in places)
                assert near, f"{token}{number} is not told of its tool"
            for place in places:
                self._judge_schema(place, number)

    def test_what_a_tool_requires_makes_a_difference(self) -> None:
        asked = self._tools(messages=[ASK])
        other = self._ask(messages=[ASK], tools=[tool(1, ()), tool(2, ())])
        if asked is not None and self._taken(other, "tools"):
            told = asked.tells("required") or other.tells("required")
            assert not asked.same(other) or told, "what is required was not sent"

    def test_strict_of_a_tool_is_sent_or_told(self) -> None:
        plain = self._tools(messages=[ASK])
        strict = self._ask(messages=[ASK], tools=[tool(1, strict=True), tool(2)])
        if plain is not None and self._taken(strict, "tools"):
            assert not plain.same(strict) or strict.tells("strict"), "strict was lost"

    def test_tool_choices_are_sent_or_told(self) -> None:
        asked = {repr(choice): self._choice(choice) for choice in CHOICES}
        sent = {name: one for name, one in asked.items() if one is not None}
        for name, one in sent.items():
            if one.tells("choice", "forced", "force"):
                continue
            for other_name, other in sent.items():
                told = other.tells("choice", "forced", "force")
                assert name == other_name or told or not one.same(other), (
                    f"tool_choice={name} is sent as {other_name} is"
                )
        for number, rest in ((1, 2), (2, 1)):
            forced = sent.get(repr(ToolName(f"ztool{number}")))
            if forced is None or forced.tells("choice", "forced", "force"):
                continue
            plain = sent[repr("auto")]
            kept = plain.path, plain.body
            counts = [repr(kept).count(f"ztool{n}") for n in (number, rest)]
            after = repr((forced.path, forced.body))
            now = [after.count(f"ztool{n}") for n in (number, rest)]
            assert now[0] > counts[0] or now[1] < counts[1], f"ztool{number} is not forced"

    def test_parallel_calls_are_forbidden_or_it_is_told(self) -> None:
        plain = self._tools(messages=[ASK])
        asked = self._ask(messages=[ASK], tools=[tool(1), tool(2)], parallel_tool_calls=False)
        if plain is not None and self._taken(asked, "tools"):
            assert not plain.same(asked) or asked.tells("parallel"), "parallel_tool_calls was lost"
            free = self._ask(messages=[ASK], tools=[tool(1), tool(2)], parallel_tool_calls=True)
            told = asked.tells("parallel") or free.tells("parallel")
            assert not free.same(asked) or told, "True and False of parallel_tool_calls are alike"

    def test_calls_are_sent_with_their_results(self) -> None:
        asked = self._tools(messages=results())
        if asked is None:
            return
        order = ["zask", "zanswer", "zargument1", "zargument2", "zresult1", "zresult2", "zafter"]
        places = [asked.at(token) for token in order]
        assert None not in places, f"of {order} something was lost: {places}"
        rest = [place for word, place in zip(order, places, strict=True) if word != "zanswer"]
        assert rest == sorted(rest, key=lambda place: place or (0, 0)), f"{order}: their order"
        calls = [self._near(asked, f"zargument{n}", n) for n in (1, 2)]
        ends = [self._near(asked, f"zresult{n}", n) for n in (1, 2)]
        for number, place in enumerate(calls, 1):
            assert place.says(f"ztool{number}"), "a call without the name of its tool"
        if is_flat(asked.body):
            return
        links = [tied(call, end) - tied(*rest) for call, end, *rest in pairs(calls, ends)]
        assert all(links), f"what ties a result to its call? {links}"

    def test_a_result_belongs_to_its_call(self) -> None:
        one = self._tools(messages=results())
        other = self._tools(messages=results("zresult2", "zresult1"))
        if one is not None and other is not None:
            assert not one.same(other), "results are sent without their calls"

    def test_a_result_that_failed_is_told_apart(self) -> None:
        if not self.failed_results:
            return
        good, failed = self._tools(messages=results()), self._tools(messages=results(is_error=True))
        if good is not None and failed is not None:
            assert not good.same(failed) or failed.tells("is_error", "error", "failed"), (
                "that a tool failed was lost"
            )
            others = [self._near(asked, "zresult1", 1).value for asked in (good, failed)]
            assert others[0] == others[1], "the other result changed, too"

    def test_arguments_of_every_kind_are_sent(self) -> None:
        said = (
            '{"ztext":"zü\\"\\\\","zwhole":12345,"zpart":0.125,"zlist":[true,null,{"zin":"zdeep"}]}'
        )
        call = ToolCall("zcall1", "ztool1", said)
        done = Message("tool", "zresult1", tool_call_id="zcall1", name="ztool1")
        asked = self._tools(messages=[ASK, Message("assistant", "", (call,)), done])
        if asked is not None:
            text = repr(asked.body)
            for token in ("ztext", "zwhole", "12345", "zpart", "0.125", "zin", "zdeep"):
                assert token in text, f"{token} of the arguments was lost"

    # --- how it is judged ------------------------------------------------------------------------

    def _tools(self, **params: Any) -> Asked | None:
        asked = self._ask(tools=[tool(1), tool(2)], **params)
        return asked if self._taken(asked, "tools") else None

    def _choice(self, choice: Any) -> Asked | None:
        asked = self._ask(messages=[ASK], tools=[tool(1), tool(2)], tool_choice=choice)
        return asked if self._taken(asked, "tools") else None

    def _judge_schema(self, place: Place, number: int) -> None:
        """The types stand at the properties, where the service is told of them as a schema."""
        for node in nodes(place.value):
            if not is_object(node.value):
                continue
            for name, kind in TYPES.items():
                inner = node.value.get(f"{name}{number}")
                if is_object(inner):
                    told = {str(leaf.value).lower() for leaf in leaves(inner)}
                    assert kind in told, f"the type of {name} is {told}, not {kind}"

    def _near(self, asked: Asked, token: str, number: int) -> Place:
        """The largest part that is of this call or result alone."""
        other = 3 - number
        others = [f"zargument{other}", f"zresult{other}", "zask", "zafter", "zanswer"]
        others += [f"zresult{number}" if "argument" in token else f"zargument{number}"]
        others += [f"zabout_tool{n}" for n in (1, 2)]
        return asked.parts_with(token, *others)[0]


def tied(*places: Place) -> set[str]:
    """Texts that all of them hold."""
    texts = [{str(leaf.value) for leaf in leaves(place.value)} for place in places]
    return set.intersection(*texts)


def pairs(calls: list[Place], ends: list[Place]) -> list[tuple[Place, Place, Place, Place]]:
    """Each call with its result, and with the result of the other."""
    return [(calls[n], ends[n], calls[n], ends[1 - n]) for n in (0, 1)]


def is_flat(body: Any) -> bool:
    """Whether nothing in it holds anything: a text, or a form."""
    if is_object(body):
        return not any(isinstance(value, (dict, list)) for value in body.values())
    return not isinstance(body, list)
