"""The HTTP gateway: OpenAI chat completions in front, nemotron_vl.v1 behind."""
