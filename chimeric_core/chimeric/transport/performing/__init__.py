"""What hooks ask for, performed: blocking, and on an event loop."""
