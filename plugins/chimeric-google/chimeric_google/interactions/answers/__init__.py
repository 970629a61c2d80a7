"""Answers of the Interactions API: events, or whole interactions."""
