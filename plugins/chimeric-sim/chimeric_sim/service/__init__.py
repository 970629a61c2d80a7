"""The service behind the server: which models it has, which keys it takes, what it answers."""

from .replay import Recording, Recordings
from .router import route
from .service import SimulatedService

__all__ = ["Recording", "Recordings", "SimulatedService", "route"]
