"""What passes between all other layers, and the protocols of transports and framers."""
