"""The standard health service on two levels: the process, and the model."""

from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer
from nemotron_vl.services import INFERENCE_SERVICE

# The health of "" is that of the process, and the health of InferenceService that of the model.
_LEVELS = ("", INFERENCE_SERVICE)


class ListableHealth(HealthServicer):
    """Adds List, which newer versions of the library declare and do not implement.

    An older library neither declares it nor has its messages, and then nothing calls it.
    """

    async def List(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        statuses = {
            name: await self.Check(health_pb2.HealthCheckRequest(service=name), context)
            for name in _LEVELS
        }
        return health_pb2.HealthListResponse(  # pyright: ignore[reportAttributeAccessIssue]
            statuses=statuses
        )
