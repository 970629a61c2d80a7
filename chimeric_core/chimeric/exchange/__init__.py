"""The whole call as one generator that yields effects: turns, tries, tools, errors."""
