import pytest

from serving.request_id import choose_request_id, new_request_id


@pytest.mark.parametrize(
    "given",
    [
        "abc-1.2_3:4",
        "a" * 128,
        "0af76519-16cd-43dd-8448-eb211c80319c",
        "q83vEjRWeJA+/w==",
        "arn:aws:bedrock:eu-west-1:1/x@y",
    ],
)
def test_a_valid_id_is_kept(given: str) -> None:
    assert choose_request_id(given) == given


@pytest.mark.parametrize(
    "given", ["", "a" * 129, "a b", 'a"b', "é", "%s", "a\n", "a\r\nINFO forged", "a;b", "{a}"]
)
def test_any_other_is_replaced_whole_by_a_new_one(given: str) -> None:
    chosen = choose_request_id(given)
    assert chosen not in given
    assert chosen != choose_request_id(given)


def test_a_new_id_is_valid() -> None:
    new = new_request_id()
    assert choose_request_id(new) == new
