"""Services with much that is particular: a module for each, loaded when it is asked for."""
