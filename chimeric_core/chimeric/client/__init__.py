"""What users call: the client, its calls, and the streams that it gives."""

from chimeric import _moved

# Before 0.5 this was a module.
__getattr__ = _moved.forward("chimeric.client", "chimeric.client.client")
