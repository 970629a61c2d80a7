"""Keys of dicts that no field is for: read, sent where a provider has them, else told."""
