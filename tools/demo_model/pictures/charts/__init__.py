"""Bar, line, pie and scatter charts."""
