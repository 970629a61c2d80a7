"""The adapters for other frameworks, over the cases of tests/protocols."""
