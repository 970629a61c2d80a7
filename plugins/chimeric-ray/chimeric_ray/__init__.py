"""Answers the rows of a Ray dataset: many streams on many machines, each failure a row.

Example:
    .. code-block:: python

        import ray
        from chimeric_ray import answer, summary

        dataset = ray.data.read_parquet("questions.parquet")
        answered = answer(dataset, model="gpt-5.4-mini", prompt="question", concurrency=4)
        answered.write_parquet("answers")
        print(summary(answered))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError

from .answer import answer
from .summary import Summary, summary

if TYPE_CHECKING:
    from .ledger import RayLedger

__all__ = ["RayLedger", "Summary", "answer", "summary"]


def __getattr__(name: str) -> Any:
    """Import what needs chimeric-limit when it is asked for."""
    if name != "RayLedger":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .ledger import RayLedger
    except ModuleNotFoundError as error:
        if error.name != "chimeric_limit":
            raise
        text = 'RayLedger needs chimeric-limit: pip install "chimeric-ray[limit]"'
        raise ConfigurationError(text) from error
    return RayLedger
