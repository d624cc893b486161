"""What is asked and said about tables, text and diagrams."""
