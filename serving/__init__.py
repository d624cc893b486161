"""Request ids, log lines and settings: everything that both processes do alike.

A leaf: it imports neither process, nor torch, aiohttp or grpc.
"""
