"""Questions and answers about charts."""
