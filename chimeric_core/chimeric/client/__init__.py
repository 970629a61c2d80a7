"""What users call: the client, its calls, and the streams that it gives."""
