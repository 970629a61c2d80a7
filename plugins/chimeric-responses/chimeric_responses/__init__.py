"""The Responses wire protocol as a library: provider plugins set its knobs with a ``Dialect``.

Example:
    .. code-block:: python

        dialect = Dialect(api="acme.responses", store=None)
        http = build_request(request, provider, dialect)
"""

from .state import ResponsesState

__all__ = ["ResponsesState"]
__version__ = "0.4.0"
