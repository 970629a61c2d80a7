"""Services that speak chat completions in a manner of their own."""
