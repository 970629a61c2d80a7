"""Many requests at once, on threads or on an event loop: bounded, lazy, each failure a value.

``results="answers.jsonl"`` keeps the answers in a file, and goes on where a run was stopped;
``progress=True`` draws a bar.

Example:
    .. code-block:: python

        from chimeric import Chimeric
        from chimeric_batch import generate_many

        with Chimeric() as client:
            for result in generate_many(client, ["Hi", "Hello"], model="sim:echo"):
                print(result.index, result.error or result.response)
"""

from __future__ import annotations

from .bar import ProgressBar
from .crew import generate_many
from .hopeless import concerns_every_request
from .jobs import BatchRequest, BatchResult
from .progress import BatchProgress
from .results import ResultsFile, read_results
from .tasks import AsyncBatch, agenerate_many

__all__ = [
    "AsyncBatch",
    "BatchProgress",
    "BatchRequest",
    "BatchResult",
    "ProgressBar",
    "ResultsFile",
    "agenerate_many",
    "concerns_every_request",
    "generate_many",
    "read_results",
]
