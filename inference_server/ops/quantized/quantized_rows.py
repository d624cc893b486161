"""What an FP8 product multiplies."""

from typing import NamedTuple

import torch
from torch import Tensor

E4M3 = torch.float8_e4m3fn
E4M3_MAX = 448.0
# A row of zeros gets a scale too, since it is divided by.
LEAST_AMAX = 1e-12


class QuantizedRows(NamedTuple):
    """values [R, C] e4m3 times scales [R, 1] float32; in `dtype` before and after a product."""

    values: Tensor
    scales: Tensor
    dtype: torch.dtype
