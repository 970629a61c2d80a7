"""What the parts of a message hold besides text: citations, log-probabilities, sound."""
