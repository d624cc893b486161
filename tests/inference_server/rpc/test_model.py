import grpc
import pytest
from nemotron_vl.v1 import inference_pb2, model_pb2
from nemotron_vl.v1.inference_pb2 import Generation
from nemotron_vl.v1.model_pb2 import Model

from inference_server.rpc.server import RpcServer
from tests.inference_server.rpc.calls import InferenceStub, ModelStub


async def test_models_load_and_metrics(
    server: RpcServer,
    inference: InferenceStub,
    models: ModelStub,
    model: Model,
    question: Generation,
) -> None:
    assert (await models.ListModels(model_pb2.ListModelsRequest())).models[0] == model
    by_alias = await models.GetModel(model_pb2.GetModelRequest(name="second-fp8"))
    assert by_alias.model.limits == model.limits
    load = await models.GetLoad(model_pb2.GetLoadRequest())
    assert (load.num_running, load.num_waiting, load.num_waiting_tokens) == (3, 2, 70)
    await inference.Generate(inference_pb2.GenerateRequest(generation=question))
    metrics = await models.GetMetrics(model_pb2.GetMetricsRequest())
    assert "request_success_total 1.0" in metrics.text


async def test_an_unknown_name_is_not_found(server: RpcServer, models: ModelStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await models.GetModel(model_pb2.GetModelRequest(name="another"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_there_is_only_one_page(server: RpcServer, models: ModelStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await models.ListModels(model_pb2.ListModelsRequest(page_token="next"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
