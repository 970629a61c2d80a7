"""What users call: the client, its calls, and the streams that it gives."""

from chimeric.forwards import forward

# Before 0.5 this was a module.
__getattr__ = forward("chimeric.client", "chimeric.client.client")
