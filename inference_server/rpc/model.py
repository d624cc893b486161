"""ModelService: what is served, within which limits, under which load."""

import time

import grpc
from google.protobuf import duration_pb2
from nemotron_vl.v1 import model_pb2, model_pb2_grpc

from inference_server.errors import InvalidArgument
from inference_server.observability.metrics import Metrics
from inference_server.rpc.gate import Gate


class ModelServicer(model_pb2_grpc.ModelServiceServicer):
    """Describes the one served model and the state of its engine."""

    def __init__(self, gate: Gate, metrics: Metrics) -> None:
        self._gate = gate
        self._metrics = metrics

    async def ListModels(
        self, request: model_pb2.ListModelsRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.ListModelsResponse:
        if request.page_token:
            raise InvalidArgument("There is no such page.", field="page_token")
        return model_pb2.ListModelsResponse(models=[self._gate.served.model])

    async def GetModel(
        self, request: model_pb2.GetModelRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.GetModelResponse:
        served = self._gate.served
        if request.HasField("name"):
            served.validator.check_model_name(request.name, field="name")
        return model_pb2.GetModelResponse(model=served.model)

    async def GetLoad(
        self, request: model_pb2.GetLoadRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.GetLoadResponse:
        served = self._gate.served
        load = served.service.load()
        uptime = duration_pb2.Duration()
        uptime.FromNanoseconds(int((time.monotonic() - served.ready_at) * 1e9))
        return model_pb2.GetLoadResponse(
            num_running=load.num_running,
            num_waiting=load.num_waiting,
            num_waiting_tokens=load.num_waiting_tokens,
            cache_usage=load.cache_usage,
            uptime=uptime,
        )

    async def GetMetrics(
        self, request: model_pb2.GetMetricsRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.GetMetricsResponse:
        load = self._gate.served.service.load()
        return model_pb2.GetMetricsResponse(text=self._metrics.text(load))
