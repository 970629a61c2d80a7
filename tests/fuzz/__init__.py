"""Fuzzing of the framings and of every provider's parser: see ``python -m tests.fuzz --help``."""
