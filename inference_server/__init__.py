"""The inference server: gRPC in front, a continuous-batching engine behind."""
