"""Items of tools: those that the provider runs, and those that the caller has to answer."""
