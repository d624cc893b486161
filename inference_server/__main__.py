"""`python -m inference_server`."""

from inference_server.cli import main

main()
