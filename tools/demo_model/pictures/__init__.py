"""Draws the pictures of the demo model's domain, with the facts that are true of each."""
