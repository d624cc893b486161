"""Runs processes together: when one ends, all end. It does not know what they do."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from os import getpid
from typing import Any

# Longer than the grace period of the processes after SIGTERM.
_STOP_TIMEOUT_S = 45.0

# Linux only: the kernel signals the child when its parent ends, even by SIGKILL.
_BOUND_TO_PARENT = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A process to run."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]


async def supervise(
    commands: Sequence[Command], beside: Callable[[], Coroutine[Any, Any, None]]
) -> int:
    """Starts the commands in order, stops them in reverse, and returns the exit status.

    SIGINT or SIGTERM stops them, which is a success; a second signal kills them. A command that
    ends by itself is a failure. `beside` runs at the same time and is cancelled at the end.
    """
    asked, forced = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (forced if asked.is_set() else asked).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)

    children = dict[str, Process]()
    async with AsyncExitStack() as stack:
        for command in commands:
            children[command.name] = child = await _start(command)
            stack.push_async_callback(_stop, child, forced)
        await _run_until_end(children.values(), asked, beside)
        status = _say_farewell() if asked.is_set() else _blame(children)
    was_clean = all(child.returncode in (0, -signal.SIGTERM) for child in children.values())
    return status or (0 if was_clean else 1)


async def _start(command: Command) -> Process:
    argv = command.argv
    if sys.platform == "linux":
        argv = (sys.executable, "-c", _BOUND_TO_PARENT, str(getpid()), *argv)
    # In a process group of its own, so that Ctrl-C reaches only the supervisor.
    return await asyncio.create_subprocess_exec(
        *argv, env=command.environ, stdin=DEVNULL, process_group=0
    )


async def _run_until_end(
    children: Iterable[Process],
    asked: asyncio.Event,
    beside: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    async with asyncio.TaskGroup() as group:
        companion = group.create_task(beside())
        await _first_of(asked.wait(), *(child.wait() for child in children))
        companion.cancel()


def _say_farewell() -> int:
    """Reports that the processes are stopping; returns the exit status."""
    sys.stderr.write("nemotron-vl: stopping when running calls are answered; again to stop now\n")
    return 0


def _blame(children: Mapping[str, Process]) -> int:
    """Reports which child ended by itself; returns the exit status."""
    name, code = next(
        (name, child.returncode) for name, child in children.items() if child.returncode is not None
    )
    sys.stderr.write(f"nemotron-vl: the {name} ended with status {code}; stopping\n")
    return code if code > 0 else 1


async def _stop(child: Process, forced: asyncio.Event) -> None:
    if child.returncode is None:
        child.terminate()
        await _first_of(child.wait(), forced.wait(), timeout_s=_STOP_TIMEOUT_S)
    if child.returncode is None:
        child.kill()
        await child.wait()


async def _first_of(*coroutines: Coroutine[Any, Any, Any], timeout_s: float | None = None) -> None:
    """Waits for one to finish, and cancels the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
