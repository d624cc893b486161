"""Full names of the services, as health checks and reflection use them."""

from grpc_health.v1 import health_pb2

from nemotron_vl.v1 import inference_pb2, model_pb2

INFERENCE_SERVICE = inference_pb2.DESCRIPTOR.services_by_name["InferenceService"].full_name
MODEL_SERVICE = model_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name
HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
HEALTH_CHECK = f"/{HEALTH_SERVICE}/Check"
