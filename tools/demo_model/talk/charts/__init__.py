"""What is asked and said about charts."""
