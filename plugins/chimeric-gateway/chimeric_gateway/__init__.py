"""A gateway that speaks chat completions, Responses and Messages in front of any provider."""
