"""The rows that an FP8 product multiplies."""

from typing import NamedTuple

import torch
from torch import Tensor

E4M3 = torch.float8_e4m3fn
E4M3_MAX = 448.0
# The scale of a row of zeros is a divisor too, so it must not be zero.
LEAST_AMAX = 1e-12


class QuantizedRows(NamedTuple):
    """values [R, C] e4m3 times scales [R, 1] float32, quantized from `dtype`.

    A product of them is rounded to `dtype` again.
    """

    values: Tensor
    scales: Tensor
    dtype: torch.dtype

    @property
    def is_cuda(self) -> bool:
        return self.values.is_cuda
