"""Runs a module as `python -m` does, and asks it to stop, by one SIGTERM, when stdin ends.

stdin is a pipe that the supervisor holds open, so it ends when the supervisor is killed, too. A
signal from the kernel at the parent's death would not do: it comes once for each of its threads,
and the second SIGTERM may mean "at once". Run as a file: what it runs decides what is imported.
"""

import os
import runpy
import signal
import sys
import threading

_STDIN = 0


def main() -> None:
    _, _, module, *flags = sys.argv
    # The thread takes no signal: the module may block one and wait for it.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Thread(target=_stop_at_the_end_of_stdin, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    sys.argv[1:] = flags
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _stop_at_the_end_of_stdin() -> None:
    while os.read(_STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
