from contextlib import ExitStack

import pytest

from inference_server.errors import Overloaded
from inference_server.rpc.admission.request_streams import RequestStreams


def test_a_caller_has_half_of_them_and_all_have_no_more_than_there_are() -> None:
    streams = RequestStreams("pipelines", 4, max_caller_share=0.5)
    with ExitStack() as stack:
        for caller in ("a", "a", "b"):
            stack.enter_context(streams.admit(caller))
        with pytest.raises(Overloaded, match="One caller may have 2 pipelines"), streams.admit("a"):
            pass
        stack.enter_context(streams.admit("c"))
        with pytest.raises(Overloaded, match="takes 4 pipelines"), streams.admit("d"):
            pass
    with streams.admit("d"):
        pass
