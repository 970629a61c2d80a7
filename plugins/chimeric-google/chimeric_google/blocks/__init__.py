"""What an answer shows besides text and calls: server tools, citations, files, probabilities."""
