"""Where AWS credentials come from: the caller, the environment, files, or botocore's chain."""
