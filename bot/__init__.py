"""The conversation: what is said, in which order, and through which doors."""
