"""What real servers send in their protocols, legal and not, and what must come of it."""
