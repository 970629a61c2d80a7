"""A simulator of LLM services: a real local server that speaks the providers' own protocols.

``Simulator`` starts one; ``python -m chimeric_sim`` runs one; the provider ``sim`` of Chimeric
starts one by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service.replay import Recording
    from .simulator import RecordedRequest, Simulator

__all__ = ["RecordedRequest", "Recording", "Simulator"]


def __getattr__(name: str) -> Any:
    # Imported on demand: pytest and Chimeric load this package in every run, mostly for nothing.
    if name in ("RecordedRequest", "Simulator"):
        from . import simulator

        return getattr(simulator, name)
    if name == "Recording":
        from .service.replay import Recording

        return Recording
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
