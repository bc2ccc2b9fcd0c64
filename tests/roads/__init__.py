"""Coaches of another generator than the simulator's, driven over real road lines through all steps."""
