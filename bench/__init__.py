"""Measures and large plays through a real server: `make bench`, `make respondents`."""
