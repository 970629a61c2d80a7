"""What callers say that most calls do not: loaded when they do."""
