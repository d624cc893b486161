"""Tables, diagrams and short texts."""
