"""The commands of `parole`, by subject: each is listed in `bot/__main__.py`."""
