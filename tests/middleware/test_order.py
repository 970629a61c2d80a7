"""In which order the chunks of a call pass its middleware."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from chimeric import Chimeric, PluginError, StreamChunk, hookimpl

from .talk import hear, plugin, serving, ways

PHASES = ("record", "transform", "guard")


class Tagging:
    """A processor that notes that a chunk passed."""

    withholds = False

    def __init__(self, tag: str) -> None:
        self.tag = tag

    def process(self, chunk: StreamChunk) -> StreamChunk:
        return tagged(self.tag, chunk)

    def flush(self) -> None: ...


class Withholding(Tagging):
    withholds = True


def tagged(tag: str, chunk: StreamChunk) -> StreamChunk:
    return chunk.replace(delta=f"{chunk.delta}>{tag}") if chunk.delta else chunk


def tagging(name: str, phase: str | None = None) -> Any:
    """A plugin with a stateless hook and a processor."""
    return plugin(
        name,
        phase,
        chimeric_process_chunk=lambda chunk: tagged(f"{name}.s", chunk),
        chimeric_stream_processor=lambda context: Tagging(f"{name}.p"),
    )


def order(way: str, *plugins: Any) -> list[str]:
    with serving(["text"]) as server:
        _, response = hear(way, server, *plugins)
    return response.content.split(">")[1:]


@pytest.mark.parametrize("way", ways)
@pytest.mark.parametrize("phases", list(itertools.product(PHASES, PHASES)))
def test_phases_come_first_then_plugins_then_a_processor_before_its_hook(
    phases: tuple[str, str], way: str
) -> None:
    first, second = (tagging(name, phase) for name, phase in zip("AB", phases, strict=True))
    names = ["B", "A"] if PHASES.index(phases[1]) <= PHASES.index(phases[0]) else ["A", "B"]
    wanted = [f"{name}.{kind}" for name in names for kind in "ps"]
    assert order(way, first, second) == wanted


def test_a_plugin_that_declares_nothing_transforms() -> None:
    plugins = [tagging("G", "guard"), tagging("T"), tagging("R", "record")]
    for given in itertools.permutations(plugins):
        assert order("sync", *given)[::2] == ["R.p", "T.p", "G.p"]


def test_first_and_last_hold_within_a_phase() -> None:
    def one(name: str, phase: str, **how: bool) -> Any:
        class One:
            chimeric_phase = phase

            @hookimpl(**how)
            def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
                return tagged(name, chunk)

        return One()

    given = [
        one("t1", "transform"),
        one("first1", "transform", tryfirst=True),
        one("last1", "transform", trylast=True),
        one("t2", "transform"),
        one("first2", "transform", tryfirst=True),
        one("last2", "transform", trylast=True),
        one("guard", "guard", tryfirst=True),
        one("record", "record", trylast=True),
    ]
    wanted = ["record", "first2", "first1", "t2", "t1", "last1", "last2", "guard"]
    assert order("sync", *given) == wanted
    with Chimeric(plugins=given, only_plugins=()) as client:
        assert len(client.hook_order()["chimeric_process_chunk"]) == len(given)


def test_a_processor_stands_before_its_hook_also_where_that_is_to_be_first() -> None:
    class Both:
        @hookimpl(tryfirst=True)
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            return tagged("Both.s", chunk)

        @hookimpl
        def chimeric_stream_processor(self) -> Tagging:
            return Tagging("Both.p")

    wanted = ["Both.p", "Both.s", "B.p", "B.s", "A.p", "A.s"]
    assert order("sync", tagging("A"), Both(), tagging("B")) == wanted


def test_within_one_phase_the_order_is_that_of_pluggy() -> None:
    given = [tagging("A"), tagging("B"), tagging("C")]
    with Chimeric(plugins=given, only_plugins=()) as client:
        told = client.hook_order()["chimeric_stream_processor"]
    assert list(told) == ["C", "B", "A"]
    assert [tag[0] for tag in order("sync", *given)[::2]] == list(told)


def test_who_withholds_stands_behind_all_guards_and_keeps_its_other_hook_in_its_phase() -> None:
    withholding = plugin(
        "W",
        "record",
        chimeric_process_chunk=lambda chunk: tagged("W.s", chunk),
        chimeric_stream_processor=lambda context: Withholding("W.p"),
    )
    assert order("sync", tagging("G", "guard"), withholding) == ["W.s", "G.p", "G.s", "W.p"]


@pytest.mark.parametrize("word", ["guards", "", None, 3, ["guard"]])
def test_an_unknown_phase_is_an_error_at_once(word: Any) -> None:
    bad = tagging("Bad")
    type(bad).chimeric_phase = word
    with pytest.raises(PluginError, match="declare one of record, transform, guard"):
        Chimeric(plugins=[bad])


def test_an_installed_plugin_of_an_unknown_phase_is_set_aside(
    install: Callable[[str, str], None],
) -> None:
    source = "from chimeric import hookimpl\nchimeric_phase = 'late'\n"
    install("late", source + "@hookimpl\ndef chimeric_process_chunk(chunk): return chunk\n")
    with pytest.warns(UserWarning, match="'late' of chimeric-late .*chimeric_phase is 'late'"):
        client = Chimeric(plugins=[tagging("A")], only_plugins=["late"])
    with client:
        states = {info.name: info.state for info in client.plugins}
        assert states["late"] == "broken"
        assert list(client.hook_order()["chimeric_process_chunk"]) == ["A"]


def test_the_record_sees_what_was_sent_and_the_guard_what_the_caller_sees() -> None:
    seen: dict[str, list[str | None]] = {"record": [], "guard": []}

    def noting(phase: str) -> Any:
        def note(chunk: StreamChunk) -> StreamChunk:
            seen[phase].append(chunk.delta)
            return chunk

        return plugin(phase, phase, chimeric_process_chunk=note)

    def upper(chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk

    with serving(["one ", "two"]) as server:
        shout = plugin("Shout", chimeric_process_chunk=upper)
        chunks, _ = hear("sync", server, noting("record"), noting("guard"), shout)
    assert seen["record"] == ["one ", "two", None]
    assert seen["guard"] == ["ONE ", "TWO", None] == [chunk.delta for chunk in chunks]


@pytest.mark.parametrize(
    ("idle", "called"),
    [
        (True, []),
        (("chimeric_stream_processor", "chimeric_process_chunk"), []),
        (["chimeric_stream_processor"], ["Quiet.s"]),
        *((nothing, ["Quiet.p", "Quiet.s"]) for nothing in (False, None, (), "yes")),
    ],
)
def test_an_idle_plugin_or_hook_is_not_called(idle: Any, called: list[str]) -> None:
    quiet = tagging("Quiet")
    type(quiet).chimeric_idle = idle
    assert order("sync", quiet, tagging("A")) == ["A.p", "A.s", *called]


def test_an_installed_plugin_may_compute_whether_it_is_idle(
    install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        "on_demand",
        "import os\nfrom chimeric import hookimpl\n"
        "def __getattr__(name):\n"
        "    if name == 'chimeric_idle':\n"
        "        return 'WANTED_BY_A_TEST' not in os.environ\n"
        "    raise AttributeError(name)\n"
        "@hookimpl\ndef chimeric_process_chunk(chunk): return chunk\n",
    )

    def called() -> list[str]:
        with Chimeric(only_plugins=["on_demand"]) as client:
            assert {i.name: i.state for i in client.plugins}["on_demand"] == "active"
            return list(client.hook_order()["chimeric_process_chunk"])

    assert called() == []
    monkeypatch.setenv("WANTED_BY_A_TEST", "1")
    assert called() == ["on_demand"]
