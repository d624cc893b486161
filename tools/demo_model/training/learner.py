"""The model under training: its losses, its optimizers, its state on disk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from inference_server.checkpoint.config import ModelConfig
from inference_server.checkpoint.weights import released_tensors, unfused
from inference_server.engine.startup.load_model import load_model
from inference_server.models.layers import SquaredRelu
from inference_server.models.mamba import GatedGroupNorm
from inference_server.models.radio import Block
from inference_server.models.training import FreshScan, WholeSequences
from tools.demo_model.catalog.classes import CLASSES
from tools.demo_model.training.minibatch import Minibatch
from tools.demo_model.training.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The loss of the answers' tokens, and that of each patch's classes, zero if not trained."""

    text: Tensor
    labels: Tensor


class Learner:
    """Model, label head, optimizers.

    The model computes as it will be served, in bfloat16, and is refreshed after each step from
    parameters that are kept in float32. The label head is thrown away with the run: it only tells
    the vision encoder early on what is drawn where.
    """

    def __init__(
        self, checkpoint: Path, recipe: Recipe, *, device: torch.device, is_trained: bool = False
    ) -> None:
        self.config = ModelConfig.load(checkpoint)
        self.recipe = recipe
        self.step = 0
        self._checkpoint = checkpoint
        self._device = device
        self._model = load_model(checkpoint, self.config, device=device, dtype=torch.bfloat16)
        self._whole_sequences = WholeSequences(self._model)
        self._model.train().requires_grad_(True)
        self._model.vision_model.requires_grad_(not recipe.keep_vision)
        if device.type == "cuda":
            _compile(self._whole_sequences)
        if not is_trained:
            _quiet_outputs(self._model)
        self._kept = {
            name: parameter.detach().float().requires_grad_()
            for name, parameter in self._parameters()
            if parameter.requires_grad
        }
        self._label_head = nn.Linear(self.config.vision.hidden_size, len(CLASSES), device=device)
        # Almost every class is almost nowhere, and what is trained is not shaken by a random head.
        nn.init.constant_(self._label_head.bias, -5.0)
        nn.init.zeros_(self._label_head.weight)
        self._optimizers = self._make_optimizers()
        self._mean, self._std = (
            torch.tensor(values, device=device).view(1, 3, 1, 1)
            for values in (self.config.norm_mean, self.config.norm_std)
        )

    def take_step(self, batch: Minibatch) -> Losses:
        """One update from one minibatch."""
        losses = self._losses(batch)
        (losses.text + self.recipe.label_weight * losses.labels).backward()
        gradients = (
            (name, parameter.grad)
            for name, parameter in self._model.named_parameters()
            if parameter.grad is not None
        )
        for name, gradient in unfused(gradients, self.config.language):
            self._kept[name].grad = gradient.float()
        self._model.zero_grad(set_to_none=True)
        parameters = [*self._kept.values(), *self._label_head.parameters()]
        nn.utils.clip_grad_norm_(parameters, self.recipe.gradient_norm)
        rates = (self.recipe.matrix_rate, self.recipe.other_rate)
        for optimizer, rate in zip(self._optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * self.recipe.rate_at(self.step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._refresh()
        self.step += 1
        return losses

    def save_state(self, file: Path) -> None:
        """Everything that a later call needs to go on."""
        state = {
            "step": self.step,
            "model": self._kept,
            "label_head": self._label_head.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }
        torch.save(state, file)

    def load_state(self, file: Path) -> None:
        state = torch.load(file, map_location=self._device, weights_only=True)
        self.step = state["step"]
        for name, saved in state["model"].items():
            self._kept[name].data.copy_(saved)
        self._refresh()
        self._label_head.load_state_dict(state["label_head"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)

    def export(self, folder: Path) -> None:
        """A checkpoint in the released format and in bfloat16."""
        shutil.copytree(self._checkpoint, folder, dirs_exist_ok=True)
        tensors = {
            name: tensor.detach().to("cpu", torch.bfloat16).contiguous()
            for name, tensor in released_tensors(self._model, self.config.language)
        }
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    @torch.no_grad()
    def _refresh(self) -> None:
        """Rounds the kept parameters into the model."""
        for name, parameter in self._parameters():
            if name in self._kept:
                parameter.copy_(self._kept[name])

    def _parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The model's parameters; queries, keys and values apart, for Muon steps on each matrix."""
        return unfused(self._model.named_parameters(), self.config.language)

    def _losses(self, batch: Minibatch) -> Losses:
        model = self._model
        token_ids = batch.token_ids.flatten()
        words = model.embed(token_ids[batch.words])
        x = words.new_zeros(len(token_ids), words.shape[1]).index_copy(0, batch.words, words)
        labels = x.new_zeros(())
        if len(batch.tiles):
            pixels = batch.tiles.permute(0, 3, 1, 2).float() / 255
            features = model.vision_model(((pixels - self._mean) / self._std).bfloat16())
            media = model.project(features).flatten(0, 1)
            x = x.index_copy(0, batch.places, media.index_select(0, batch.sources))
            if not self.recipe.keep_vision:
                labels = self._label_loss(features, batch.labels)
        lengths = [batch.token_ids.shape[1]] * len(batch.token_ids)
        hidden = self._whole_sequences(x, lengths)
        logits = model.logits(hidden[batch.rows])
        return Losses(text=cross_entropy(logits, batch.targets), labels=labels)

    def _label_loss(self, features: Tensor, labels: Tensor) -> Tensor:
        """The loss of some patches of each image: features [I, patches, C], labels [N, 3]."""
        num_images, num_patches, _ = features.shape
        truth = torch.zeros(num_images, num_patches, len(CLASSES), device=features.device)
        image, patch, class_id = labels.unbind(1)
        truth[image, patch, class_id] = 1.0
        chosen = torch.randperm(num_patches, device=features.device)[: self.recipe.patches_labelled]
        logits = self._label_head(features[:, chosen].float())
        loss = binary_cross_entropy_with_logits(logits, truth[:, chosen], reduction="sum")
        return loss / (num_images * len(chosen))

    def _make_optimizers(self) -> list[torch.optim.Optimizer]:
        recipe = self.recipe
        matrices = [p for name, p in self._kept.items() if _is_inner_matrix(name, p)]
        others = [p for name, p in self._kept.items() if not _is_inner_matrix(name, p)]
        others += self._label_head.parameters()
        muon = torch.optim.Muon(
            matrices, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        return [muon, torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0)]


def _compile(model: nn.Module) -> None:
    """Fuses what lies between matrix products, once for all layers of a kind and all sizes."""
    for module in model.modules():
        if isinstance(module, (Block, FreshScan, GatedGroupNorm, SquaredRelu)):
            module.compile(dynamic=True)


def _is_inner_matrix(name: str, parameter: Tensor) -> bool:
    outer = ("embeddings", "lm_head", "embedder", "prefix")
    return parameter.dim() == 2 and not any(part in name for part in outer)


def _quiet_outputs(model: nn.Module) -> None:
    """Starts every residual branch at zero, so that depth does not stand in the way at first."""
    outputs = ("out_proj.weight", "o_proj.weight", "down_proj.weight", "attn.proj.weight")
    for name, parameter in model.named_parameters():
        if name.endswith((*outputs, "fc2.weight")) and "projector" not in name:
            nn.init.zeros_(parameter)
        elif name.endswith(("lm_head.weight", "position_table", "prefix")):
            parameter.data.mul_(0.1)
