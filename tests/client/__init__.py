"""What callers say to a client and to one call."""
