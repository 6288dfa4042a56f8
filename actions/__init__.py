"""What follows from an event, after the commit: one file for each thing."""
