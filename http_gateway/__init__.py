"""The HTTP gateway: takes OpenAI chat completions and calls nemotron_vl.v1."""
