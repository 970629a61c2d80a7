"""What an answer has besides text, reasoning and tool calls; loaded when an answer has some."""
