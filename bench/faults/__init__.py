"""The fault bench: `python -m bench.faults`, one file for each family of faults."""
