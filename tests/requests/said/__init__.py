"""What becomes of what a caller says, found out by saying it to the simulator."""
