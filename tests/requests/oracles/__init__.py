"""The request types of the official SDKs judge what we send: no key that they do not know."""
