"""A checkpoint in the released format, or a model, with random weights."""
