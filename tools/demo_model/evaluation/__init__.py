"""Examines a checkpoint on pictures and questions that it was not trained on."""
