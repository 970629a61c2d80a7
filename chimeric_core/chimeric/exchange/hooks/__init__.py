"""The hooks of a call that may wait, ask and answer."""
