"""Hooks that wait, ask and answer, as someone who has only the public API sees them."""
