"""The shape of the code: layers, sizes, what is loaded when."""
