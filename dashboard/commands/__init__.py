"""Commands of `corridor`, one module per subject."""
