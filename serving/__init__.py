"""What the server and the gateway do alike as processes: request ids, log lines, settings.

A leaf: it imports neither process, nor torch, aiohttp or grpc.
"""
