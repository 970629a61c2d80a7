"""What hooks are given and what they give back."""
