"""Other ways to read a stream than chunk by chunk."""
