"""Chunks and responses told to encoders of chimeric-dialects."""
