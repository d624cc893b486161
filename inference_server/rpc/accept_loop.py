"""A server of grpc.aio that no path can end.

The library's loop that accepts calls decodes the path of each call to a method that nobody has
registered. A path that is not UTF-8 raises there, and the loop ends for good while the process
lives on (grpcio 1.85.1, `_server_main_loop` in aio/server.pyx.pxi). All our methods are registered,
so calls to others are refused here, without a look at their path, and never reach that loop.
"""

import asyncio
from typing import Any, NoReturn, cast

import grpc
from grpc import _cython
from grpc.aio import _server

# No stub describes it.
cygrpc: Any = cast(Any, _cython).cygrpc

# Only the versions that wait for each registered method apart have the fault, and this method.
_HAS_FAULT = hasattr(cygrpc.AioServer, "_make_request_call_future")


def aio_server(
    interceptors: list[grpc.aio.ServerInterceptor], options: list[tuple[str, int]]
) -> grpc.aio.Server:
    """A server without services, which are added by their `add_registered_method_handlers`."""
    if _HAS_FAULT:
        return cast(grpc.aio.Server, _Server(interceptors, options))
    return grpc.aio.server(interceptors=interceptors, options=options)


class _Server(_server.Server):
    def __init__(
        self, interceptors: list[grpc.aio.ServerInterceptor], options: list[tuple[str, int]]
    ) -> None:
        self._loop = cygrpc.get_working_loop()
        self._server = _AcceptLoop(self._loop, None, (), interceptors, options, None)


class _AcceptLoop(cygrpc.AioServer):
    def _make_request_call_future(self, method: bytes | None) -> "asyncio.Task[Any]":
        """The task that ends with the next call of a method; None stands for unknown methods."""
        if method is not None:
            return super()._make_request_call_future(method)
        return asyncio.get_running_loop().create_task(self._refuse_unknown())

    async def _refuse_unknown(self) -> NoReturn:
        """Ends only by the cancellation that the end of the server brings."""
        loop = asyncio.get_running_loop()
        refusals = set[asyncio.Task[None]]()
        while True:
            call = await self._request_call()
            # The library's own way to run a call, which also notices that its caller has left.
            refusal = cygrpc._schedule_rpc_coro(  # noqa: SLF001
                _refuse(call, loop), call, loop, "unknown"
            )
            task = loop.create_task(refusal)
            refusals.add(task)
            task.add_done_callback(refusals.discard)


async def _refuse(call: Any, loop: asyncio.AbstractEventLoop) -> None:
    context = cygrpc._ServicerContext(call, None, None, loop)  # noqa: SLF001
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "This server has no such method.")
