"""Questions and answers about tables, text and diagrams."""
