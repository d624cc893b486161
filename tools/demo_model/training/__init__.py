"""Trains the demo model on the samples of the mix."""
