"""Draws a page: its look, its letters, its title, and what each of its patches shows."""
