"""The small real model of this architecture: its training data, training and evaluation."""
