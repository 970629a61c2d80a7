"""Streams that go on without their first reader, and can be joined at any offset."""
