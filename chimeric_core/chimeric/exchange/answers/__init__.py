"""What is loaded for answers that are no plain event stream."""
