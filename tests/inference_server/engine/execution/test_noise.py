import pytest

from inference_server.engine.execution.noise import noise_key


@pytest.mark.parametrize("seed", [0, -1, 2**63 - 1, -(2**63)])
def test_any_seed_of_64_bits_has_its_own_noise(seed: int) -> None:
    assert noise_key(seed, 0) != noise_key(seed ^ 1, 0)
    assert noise_key(seed, 0) != noise_key(seed, 1)
    assert all(-(2**31) <= word < 2**31 for word in noise_key(seed, 0))
