"""Scenes of shapes and of objects, standing still or moving."""
