"""Bytes to chunks: framing, parsing, the accumulated answer."""
