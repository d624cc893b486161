"""Tools, the wishes that need them, and conversations in which they are called."""
