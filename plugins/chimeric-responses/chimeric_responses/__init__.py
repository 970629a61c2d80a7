"""The Responses wire protocol as a library: provider plugins set its knobs with a ``Dialect``.

It registers no provider of its own. A plugin imports it inside its hooks, so that declaring the
provider stays cheap.

Example:
    .. code-block:: python

        DIALECT = Dialect(api="acme.responses", instructions=False)

        @hookimpl
        def chimeric_build_request(request, provider):
            return build_request(request, provider, DIALECT)
"""

from .body import build_request
from .dialect import Dialect
from .events import native_body, native_event
from .faults import fault, parse_error
from .models import list_models, parse_models
from .state import ResponsesState

__all__ = [
    "Dialect",
    "ResponsesState",
    "build_request",
    "fault",
    "list_models",
    "native_body",
    "native_event",
    "parse_error",
    "parse_models",
]
__version__ = "0.4.0"
