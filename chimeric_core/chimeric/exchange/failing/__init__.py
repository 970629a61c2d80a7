"""What is loaded when something has gone wrong."""
