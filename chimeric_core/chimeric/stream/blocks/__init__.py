"""The content blocks of an answer: their numbers, and what became of them."""
