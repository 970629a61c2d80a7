"""Runs pydantic-ai agents on any provider and middleware of Chimeric.

Example:
    .. code-block:: python

        from chimeric import Chimeric
        from chimeric_pydantic_ai import ChimericModel
        from pydantic_ai import Agent

        agent = Agent(ChimericModel(Chimeric(), "sim:story"))
        print(agent.run_sync("Tell me about tides").output)
"""

from __future__ import annotations

from . import versions

versions.check()  # before anything of the framework is imported: it may have other names

from .model import ChimericModel  # noqa: E402
from .native_tools import ANTHROPIC_TOOLS, GOOGLE_TOOLS, OPENAI_TOOLS, NativeForms  # noqa: E402
from .settings import ChimericModelSettings  # noqa: E402

__all__ = [
    "ANTHROPIC_TOOLS",
    "GOOGLE_TOOLS",
    "OPENAI_TOOLS",
    "ChimericModel",
    "ChimericModelSettings",
    "NativeForms",
]
