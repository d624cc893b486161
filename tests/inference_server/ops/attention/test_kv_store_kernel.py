import pytest
import torch

from inference_server.ops.attention.kv_store import store_kv


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("heads", "size"), [(1, 1), (3, 24), (8, 128)])
def test_columns_of_a_wider_tensor_go_only_to_their_places(
    heads: int, size: int, dtype: torch.dtype, device: torch.device
) -> None:
    wide = torch.randn(5, 2 * heads + 3, size, device=device).to(dtype)
    k, v = wide[:, 1 : heads + 1], wide[:, heads + 2 : -1]
    keys, values = torch.randn(2, 4, 16, heads, size, device=device).to(dtype)
    expected_keys, expected_values = keys.clone(), values.clone()
    positions = [63, 16, 17, 31, 5]
    for token, position in enumerate(positions):
        expected_keys[position // 16, position % 16] = k[token]
        expected_values[position // 16, position % 16] = v[token]
    store_kv.kernel(
        k, v, keys=keys, values=values, positions=torch.tensor(positions, device=device)
    )
    assert torch.equal(keys, expected_keys)
    assert torch.equal(values, expected_values)


def test_padding_rows_may_share_a_place(device: torch.device) -> None:
    k, v = torch.randn(2, 4, 2, 8, device=device)
    keys, values = torch.zeros(2, 2, 16, 2, 8, device=device)
    positions = torch.tensor([16, 0, 0, 0], device=device)
    store_kv.kernel(k, v, keys=keys, values=values, positions=positions)
    assert torch.equal(keys[1, 0], k[0])
    assert torch.equal(values[1, 0], v[0])
    assert not keys[:, 1:].any()
