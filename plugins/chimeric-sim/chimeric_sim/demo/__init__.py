"""``python -m chimeric_sim.demo``: what Chimeric does, on this machine, without a key.

Each provider plugin talks to the simulator as it would talk to its real service: the same
requests, the same events, the same parser.
"""

from .demo import main

__all__ = ["main"]
