"""What happens within one stream: a tool, a cut, a provider that is down."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator
from importlib.util import find_spec

from chimeric import Chimeric, ChimericError, StreamInterruptedError
from chimeric_sim.simulator import Simulator

from .display import Display
from .tour import PROMPT, Stop

__all__ = ["cut_stream", "fallback", "tool_in_mid_stream"]

TALKATIVE = ("anthropic", "cohere", "bedrock")
"""Providers whose models say a word before they call a tool."""


def tool_in_mid_stream(client: Chimeric, stops: list[Stop], display: Display) -> bool:
    """A function of the caller's runs in the middle of a stream, and tells how far it is."""
    stop = next((s for name in TALKATIVE for s in stops if s.provider == name), stops[0])
    display.title("A tool runs in the middle of a stream")
    display.quote('generate("...", "How is the weather in Lisbon?", tools=[weather], stream=True)')
    display.heading(stop.provider, stop.model)
    results = 0
    try:
        for chunk in client.generate(
            stop.model,
            "How is the weather in Lisbon?",
            tools=[weather],
            stream=True,
            provider=stop.provider,
            **stop.options,
        ):
            display.token(chunk.delta or "")
            for call in chunk.tool_calls:
                if call.status == "completed":
                    display.note(f"→ {call.name}({call.arguments})")
            for result in chunk.tool_results:
                mark = "…" if result.status == "progress" else "←"
                display.note(f"{mark} {result.output}")
                results += result.status == "completed"
    except ChimericError as error:
        display.problem(f"{type(error).__name__}: {error}")
        return False
    display.end_of_tokens()
    return results == 1


def weather(city: str) -> Generator[str, None, str]:
    """Tell the weather of a city."""
    yield f"asking the station in {city}"
    time.sleep(0.4)
    yield "reading its thermometer"
    time.sleep(0.4)
    return f"{city}: 21 degrees, clear"


def cut_stream(client: Chimeric, stops: list[Stop], display: Display) -> bool:
    """A connection that breaks is an error that carries what had come."""
    stop = stops[0]
    display.title("A stream that is cut raises; nothing that came is lost")
    display.heading(stop.provider, f"{stop.model}, whose connection breaks")
    try:
        for chunk in client.generate(
            stop.model,
            PROMPT,
            stream=True,
            provider=stop.provider,
            extra_headers={"x-sim-cut-after": "24", "x-sim-seed": "5"},
            **stop.options,
        ):
            display.token(chunk.delta or "")
    except StreamInterruptedError as error:
        kept = error.partial.content if error.partial else ""
        display.problem(f"{type(error).__name__}: {error.message}")
        display.note(f".partial.content has all {len(kept)} characters: {kept[:20]!r} ...")
        return bool(kept)
    display.problem("the cut was not noticed")
    return False


def fallback(simulator: Simulator, stops: list[Stop], display: Display) -> bool:
    """A provider that is overloaded, and the one that answers in its place."""
    display.title("A provider that is down is replaced")
    down = next((s for s in stops if s.provider == "anthropic"), stops[0])
    other = next((s for s in stops if s.provider != down.provider), None)
    if other is None or find_spec("chimeric_fallback") is None:
        display.text("It takes two providers and chimeric-fallback, which are not installed here.")
        return True
    from chimeric_fallback import Fallback

    names = (f"{down.provider}:{down.model}", f"{other.provider}:{other.model}")
    display.quote(f'Chimeric(plugins=[Fallback({{"{names[0]}": ["{names[1]}"]}})])')
    client = Chimeric(
        base_urls={s.provider: simulator.base_url(s.provider) for s in (down, other)},
        api_keys=dict.fromkeys((down.provider, other.provider), "demo"),
        plugins=[Fallback({names[0]: [names[1]]})],
        max_retries=0,
    )
    display.heading(down.provider, f"{down.model}, answers 529: overloaded")
    try:
        with client, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the header below is for the first provider alone
            stream = client.generate(
                names[0], PROMPT, stream=True, extra_headers={"x-sim-status": "529"}
            )
            first = True
            for chunk in stream:
                if first and chunk.delta:
                    display.note(f"→ {names[1]} answers")
                    first = False
                display.token(chunk.delta or "")
            asked = stream.response.metadata.get("provider")
    except ChimericError as error:
        display.problem(f"{type(error).__name__}: {error}")
        return False
    display.end_of_tokens()
    return asked == other.provider
