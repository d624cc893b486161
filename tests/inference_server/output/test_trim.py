from hypothesis import given
from hypothesis import strategies as st

from inference_server.output.trim import TrailingSpace


@given(pieces=st.lists(st.text(alphabet="a \n\t", max_size=4), max_size=6))
def test_only_space_at_the_end_is_held_back(pieces: list[str]) -> None:
    space = TrailingSpace()
    shown = ""
    for index, piece in enumerate(pieces, 1):
        shown += space.push(piece)
        assert shown == "".join(pieces[:index]).rstrip()
    assert shown + space.flush() == "".join(pieces)
