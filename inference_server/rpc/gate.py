"""The gate that accepts or refuses calls, and the service behind it."""

import time
from dataclasses import dataclass, field

from nemotron_vl.v1 import model_pb2

from inference_server.errors import NotServing
from inference_server.rpc.validation.validator import Validator
from inference_server.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The parts that exist once the model is loaded. `ready_at` is monotonic time."""

    service: Service
    model: model_pb2.Model
    validator: Validator
    ready_at: float = field(default_factory=time.monotonic)


class Gate:
    """Closed until the model is loaded, and again after a drain or a failure begins."""

    def __init__(self) -> None:
        self._served: Served | None = None
        self._why_closed = "The model is being loaded."

    @property
    def served(self) -> Served:
        """Raises NotServing while closed."""
        if self._served is None:
            raise NotServing(self._why_closed)
        return self._served

    def check(self) -> None:
        """Raises NotServing while closed."""
        _ = self.served

    def open(self, served: Served) -> None:
        self._served = served

    def close(self, why: str) -> None:
        """Accepts no further calls. Running calls keep what they use."""
        self._served = None
        self._why_closed = why
