"""Questions and answers about scenes and videos."""
