"""Services that differ in few ways: a row for each."""
