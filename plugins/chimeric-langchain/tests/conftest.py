"""A simulator, a client of it, and tests that are coroutines."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """LangChain's standard tests are coroutines without a mark; they need no more than a loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Chimeric]:
    """A client whose OpenAI and Anthropic are the simulator."""
    names = ("openai", "anthropic")
    made = Chimeric(
        api_keys=dict.fromkeys(names, "any"),
        base_urls={name: sim.base_url(name) for name in names},
        max_retries=0,
    )
    yield made
    asyncio.run(made.aclose())
