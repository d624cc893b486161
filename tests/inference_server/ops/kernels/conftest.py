"""Kernels run on the GPU where there is one, and else in Triton's interpreter."""

import os

import pytest
import torch

if not torch.cuda.is_available():
    # Read when triton is imported, which the modules that hold kernels do.
    os.environ["TRITON_INTERPRET"] = "1"


@pytest.fixture(scope="session")
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
