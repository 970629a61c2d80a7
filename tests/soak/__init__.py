"""Many streams at once, with faults among them, for a while: ``python -m tests.soak --help``."""
