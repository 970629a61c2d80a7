"""Many requests at once, on threads or on an event loop: bounded, lazy, each failure a value.

Example:
    .. code-block:: python

        from chimeric import Chimeric
        from chimeric_batch import generate_many

        with Chimeric() as client:
            for result in generate_many(client, ["Hi", "Hello"], model="sim:echo"):
                print(result.index, result.error or result.response)
"""

from __future__ import annotations

from .crew import generate_many
from .jobs import BatchRequest, BatchResult
from .tasks import AsyncBatch, agenerate_many

__all__ = ["AsyncBatch", "BatchRequest", "BatchResult", "agenerate_many", "generate_many"]
