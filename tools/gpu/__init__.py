"""Measures the engine and its servers on a machine with a GPU: `python -m tools.gpu.report`."""
