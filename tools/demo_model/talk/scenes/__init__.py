"""What is asked and said about scenes and what moves in them."""
