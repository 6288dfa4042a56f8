"""How well French is understood, measured and written down: see __main__."""
