"""Benchmarks: this library, floors written by hand, and other libraries, in one session.

``python -m tests.benchmarks`` builds an environment for each library under ``.bench``, measures
them interleaved, and writes ``docs/benchmarks.md`` with its plots. Nothing here is installed.
"""
