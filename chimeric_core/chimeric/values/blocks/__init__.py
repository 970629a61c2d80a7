"""What the blocks of an answer hold besides text: citations, server tools, files, probabilities."""
