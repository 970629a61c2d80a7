"""What stands behind the gateway: models, how each is asked, and what its failures mean."""

from __future__ import annotations

from .failures import refusal_of
from .protocols import Protocols
from .upstreams import Upstream, Upstreams

__all__ = ["Protocols", "Upstream", "Upstreams", "refusal_of"]
