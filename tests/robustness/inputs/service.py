"""The service under attack: how inputs reach it, and whether it still answers a good one."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any

import grpc
from nemotron_vl.v1 import content_pb2, inference_pb2, inference_pb2_grpc

from tests.e2e.support.serving import Serving
from tests.robustness.inputs.answers import Case, fault

# What takes longer hangs.
TIMEOUT_S = 60.0

_PATH = "/v1/chat/completions"
_HEADERS = {"Content-Type": "application/json"}
_GOOD = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}).encode()

# A good request may take so many times what it takes of an idle service. The floor is for a busy
# machine, on which a process may stand still for a moment.
_MOST_SLOWER = 50
_FLOOR_S = 3.0
_NUM_IDLE = 25

_MOST_SHOWN = 50


class Service:
    """One connection of each transport, and counts of what was sent by kind."""

    def __init__(self, serving: Serving, channel: grpc.Channel, sent: Counter[str]) -> None:
        self.serving = serving
        self.channel = channel
        self.sent = sent
        self._inference = inference_pb2_grpc.InferenceServiceStub(channel)
        self._connection = HTTPConnection("127.0.0.1", serving.http_port, timeout=TIMEOUT_S)
        self._limit_s = {
            good: max(_MOST_SLOWER * self._idle_s(good), _FLOOR_S)
            for good in (self._good_http, self._good_grpc)
        }

    def close(self) -> None:
        self._connection.close()

    def chat(self, body: bytes) -> tuple[int, Any]:
        """Status and JSON of a chat completion; 0 and an error's text if there is no answer."""
        try:
            self._connection.request("POST", _PATH, body, _HEADERS)
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return 0, f"no answer: {error!r}"
        try:
            return response.status, json.loads(data)
        except ValueError:
            return response.status, data[:300]

    def refuse_all(self, kind: str, cases: Iterable[Case], *, group: int = 10) -> None:
        """Sends the bodies and fails by all that is wrong with their answers."""
        judged = ((case.name, partial(self._fault, case)) for case in cases)
        self.judge_all(kind, judged, group=group)

    def judge_all(
        self, kind: str, judged: Iterable[tuple[str, Callable[[], str | None]]], *, group: int = 10
    ) -> None:
        """Sends inputs, each by a function that returns what is wrong with the answer.

        A good request follows after each group of them. Fails by all faults at the end.
        """
        faults: list[str] = []
        names: list[str] = []
        for name, judge in judged:
            self.sent[kind] += 1
            names.append(name)
            faults += filter(None, [judge()])
            if len(names) >= group:
                faults += self.good_faults(names)
                names.clear()
        faults += self.good_faults(names)
        assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:_MOST_SHOWN])

    def _fault(self, case: Case) -> str | None:
        return fault(case, *self.chat(case.body))

    def good_faults(self, names: Iterable[str]) -> list[str]:
        """What is wrong with good requests after inputs with these names."""
        after = f"after {', '.join(names)}"
        faults: list[str] = []
        for good, limit_s in self._limit_s.items():
            start_s = time.monotonic()
            why = good()
            took_s = time.monotonic() - start_s
            if why:
                faults.append(f"{after}: a good request failed: {why}")
            elif took_s > limit_s:
                faults.append(f"{after}: a good request took {took_s:.2f} s, not {limit_s:.2f} s")
        return faults

    def _idle_s(self, good: Callable[[], str | None]) -> float:
        times_s: list[float] = []
        for _ in range(_NUM_IDLE):
            start_s = time.monotonic()
            assert not (why := good()), why
            times_s.append(time.monotonic() - start_s)
        return statistics.median(times_s)

    def _good_http(self) -> str | None:
        status, answer = self.chat(_GOOD)
        return None if status == 200 else f"HTTP {status}: {answer}"

    def _good_grpc(self) -> str | None:
        message = content_pb2.Message(role=content_pb2.ROLE_USER)
        message.parts.add(text="Hello")
        generation = inference_pb2.Generation(
            messages=[message], sampling=inference_pb2.Sampling(max_tokens=1)
        )
        try:
            request = inference_pb2.GenerateRequest(generation=generation)
            self._inference.Generate(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            return f"gRPC: {error}"
        return None
