"""Functions and types as JSON schemas, and JSON that grows."""
