"""Found before the real package of this name, when this folder leads the path."""
