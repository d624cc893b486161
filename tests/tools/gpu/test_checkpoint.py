from pathlib import Path

import torch

from inference_server.engine.startup.load_model import load_model
from inference_server.models.training import WholeSequences
from inference_server.prompt.tokenizer import Tokenizer
from tools.gpu.phases import checkpoint
from tools.gpu.workbench import Workbench, read_results


def test_written_model_is_the_one_that_was_measured(tmp_path: Path) -> None:
    bench = Workbench(sizes="small", device="cpu", out=tmp_path, work=tmp_path / "work")
    checkpoint.measure(bench)
    loaded = load_model(bench.checkpoint, bench.config, device=bench.device, dtype=bench.dtype)
    ids = torch.arange(100, 150)
    with torch.inference_mode():
        first, second = (
            model.logits(WholeSequences(model)(model.embed(ids), (50,)))
            for model in (bench.model, loaded)
        )
    assert torch.equal(first, second)
    assert first.isfinite().all()
    # Neither silent nor blown up: what a layer is given reaches the end.
    assert 0.1 < first.std() < 10
    assert read_results(tmp_path)["checkpoint.bytes"].value > 0


def test_every_token_that_may_be_sampled_has_a_text(tmp_path: Path) -> None:
    bench = Workbench(sizes="small", device="cpu", out=tmp_path, work=tmp_path / "work")
    vocab_size = bench.sizes.vocab_size
    assert bench.config.language.vocab_size == vocab_size
    tokenizer = Tokenizer.load(bench.checkpoint)
    assert tokenizer.vocab_size == vocab_size
    made_up = range(2600, vocab_size - 20)
    assert len({tokenizer.token_bytes(token_id) for token_id in made_up}) == len(made_up)
    assert tokenizer.token_bytes(made_up[0]).startswith(b" zz")
