from inference_server.config import EngineConfig
from inference_server.engine.scheduling.budget import choose_budget


def test_a_gpu_takes_more_at_once_than_a_cpu() -> None:
    gpu, cpu = (choose_budget(EngineConfig(), name) for name in ("cuda", "cpu"))
    assert (gpu.max_num_tokens, gpu.max_num_tiles) == (8192, 26)
    assert (cpu.max_num_tokens, cpu.max_num_tiles) == (2048, 16)


def test_a_setting_holds_on_every_device() -> None:
    config = EngineConfig(max_num_batched_tokens=100, max_tiles_per_step=3)
    for name in ("cuda", "cpu"):
        budget = choose_budget(config, name)
        assert (budget.max_num_tokens, budget.max_num_tiles) == (100, 3)
