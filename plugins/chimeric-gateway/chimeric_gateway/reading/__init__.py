"""Bodies of clients become arguments of ``agenerate``."""
