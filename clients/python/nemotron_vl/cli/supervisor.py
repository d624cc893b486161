"""Keeps processes running together: one that ends is started again. It does not know what they do.

Each process has a leash: a pipe as its stdin, at whose end it stops (`bound`). It also holds the
leashes of those before it, which therefore outlive it even when the supervisor is killed.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from nemotron_vl.cli import bound
from nemotron_vl.cli.notices import warn
from nemotron_vl.cli.restarts import Restarts

# Longer than the grace period of the processes.
_STOP_TIMEOUT_S = 45.0

# What the sockets of a killed process may hold its port for.
_BLOCKED_TIMEOUT_S = 60.0
_POLL_PERIOD_S = 0.2

# Of a process that a wrong setting ended: it would end so again.
_WRONG_SETTING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A module to run as a process."""

    name: str
    module: str
    flags: Sequence[str]
    environ: Mapping[str, str]
    # Whether it could not start now, though it may later.
    is_blocked: Callable[[], bool]


async def supervise(
    commands: Sequence[Command],
    beside: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    *,
    max_restarts: int,
) -> int:
    """Starts the commands in order, stops them in reverse, and returns the exit status.

    SIGINT or SIGTERM stops them, which is a success; a second signal kills them. A command that
    ends too often is a failure. `beside` runs at the same time and is cancelled at the end; its
    event is set whenever a command was started again.
    """
    asked, forced, restarted = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (forced if asked.is_set() else asked).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)

    children = list[_Child]()
    async with AsyncExitStack() as stack:
        for command in commands:
            child = _Child(command, [other.leash for other in children], Restarts(max_restarts))
            stack.push_async_callback(child.stop, forced)
            await child.start()
            children.append(child)
        keeping = [child.keep(restarted) for child in children]
        await _first_of(asked.wait(), beside(restarted), *keeping)
        failed = next((child for child in children if child.has_failed), None)
        status = _say_farewell() if failed is None else failed.blame()
    return status or (0 if all(child.was_clean for child in children) else 1)


class _Child:
    """A command, and the process that now runs it."""

    def __init__(self, command: Command, leashes: Sequence[int], restarts: Restarts) -> None:
        self.has_failed = False
        self.was_clean = True
        self._command = command
        self._restarts = restarts
        self._leashes = leashes
        self._stdin, self.leash = os.pipe()
        self._process: Process | None = None

    async def start(self) -> None:
        command = self._command
        # -P: a folder of the same name in the working directory must not run instead.
        argv = (sys.executable, "-P", bound.__file__, "-m", command.module, *command.flags)
        # In a process group of its own, so that Ctrl-C reaches only the supervisor.
        self._process = await asyncio.create_subprocess_exec(
            *argv,
            env=command.environ,
            stdin=self._stdin,
            pass_fds=self._leashes,
            process_group=0,
        )

    async def keep(self, restarted: asyncio.Event) -> None:
        """Starts it again whenever it ends; returns when it failed for good."""
        while (delay_s := await self._delay_after_end()) is not None:
            await asyncio.sleep(delay_s)
            await self._until_free()
            await self.start()
            restarted.set()
        self.has_failed = True

    async def _delay_after_end(self) -> float | None:
        """Waits for the end; returns the seconds before the next start, None for no start."""
        assert self._process is not None
        status = await self._process.wait()
        delay_s = None if status == _WRONG_SETTING else self._restarts.next_delay_s()
        if delay_s is not None:
            warn(
                f"the {self._command.name} ended with status {status}; "
                f"starting it again in {delay_s:g} s"
            )
        return delay_s

    async def _until_free(self) -> None:
        for _ in range(int(_BLOCKED_TIMEOUT_S / _POLL_PERIOD_S)):
            if not self._command.is_blocked():
                return
            await asyncio.sleep(_POLL_PERIOD_S)

    def blame(self) -> int:
        """Reports that it ended for good; returns the exit status."""
        assert self._process is not None
        status = self._process.returncode or 0
        warn(f"the {self._command.name} ended with status {status}; stopping")
        return status if status > 0 else 1

    async def stop(self, forced: asyncio.Event) -> None:
        os.close(self.leash)
        os.close(self._stdin)
        process = self._process
        if process is None or process.returncode is not None:
            return
        await _first_of(process.wait(), forced.wait(), timeout_s=_STOP_TIMEOUT_S)
        if process.returncode is None:
            process.kill()
        self.was_clean = await process.wait() in (0, -signal.SIGTERM)


def _say_farewell() -> int:
    """Reports that the processes are stopping; returns the exit status."""
    warn("stopping when running calls are answered; again to stop now")
    return 0


async def _first_of(*coroutines: Coroutine[Any, Any, Any], timeout_s: float | None = None) -> None:
    """Waits for one to finish, and cancels the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
