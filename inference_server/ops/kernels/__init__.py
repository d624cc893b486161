"""Triton kernels, each imported when the first CUDA tensor meets it."""
