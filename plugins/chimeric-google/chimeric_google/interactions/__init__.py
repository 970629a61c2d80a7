"""The Interactions API of Gemini: steps in place of candidates."""
