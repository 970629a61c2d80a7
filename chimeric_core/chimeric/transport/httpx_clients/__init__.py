"""What lies between httpx and the transports over it: clients of our own, and the caller's."""
