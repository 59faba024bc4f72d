"""Trains the network, in two processes that share what each step taught them.

Run: python -m recipe.training DATA CHECKPOINT
"""

import argparse
import copy
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from torch import Tensor, distributed
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from recipe import batches, checkpoint, utterances, vocabulary
from recipe.checkpoint import Checkpoint
from recipe.losses import losses
from recipe.network import Whisper
from recipe.phases import PHASES, Phase

_NOT_DECAYING = ("emb", "ts_", "dec_pos")
_REPORT, _SAVE = 50, 500  # steps


@dataclass(frozen=True, slots=True)
class Plan:
    data: Path
    result: Path
    phases: Sequence[Phase] = PHASES
    begin: Path | None = None  # a checkpoint to go on from
    processes: int = 2  # of one thread: on two cores faster than one process of two threads


def train(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        torch.multiprocessing.spawn(_work, (plan, meeting), nprocs=plan.processes)


def _work(rank: int, plan: Plan, meeting: str) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)  # all processes begin with the same network
    distributed.init_process_group("gloo", meeting, rank=rank, world_size=plan.processes)
    trainer = Trainer(plan, rank)
    for phase in plan.phases:
        trainer.run(phase)
    distributed.destroy_process_group()


class Trainer:
    def __init__(self, plan: Plan, rank: int) -> None:
        self._plan, self._rank = plan, rank
        self._spoken = utterances.load(plan.data, "training")
        begin = checkpoint.load(plan.begin) if plan.begin else untrained()
        self._network, self._average = begin.network, begin.average
        self._optimizer = _optimizer(begin)
        self._begun = time.monotonic()

    def run(self, phase: Phase) -> None:
        same_for_all, own = Random(phase.seed), Random(1000 * phase.seed + self._rank)
        recent: list[Tensor] = []
        for step in range(phase.steps):
            progress = step / phase.steps
            kind = phase.kind(progress, same_for_all)  # so that nobody waits for a longer one
            batch = batches.batch(kind, phase.batch(kind, progress), self._spoken, own)
            found = losses(self._network, batch)
            self._learn(phase.loss(found, progress), phase.learning_rate(step))
            self._remember(step)
            recent.append(torch.stack(found).detach())
            if (step + 1) % _REPORT == 0:
                self._report(step + 1, recent)
                recent.clear()
            if (step + 1) % _SAVE == 0 or step + 1 == phase.steps:
                self._save()

    def _learn(self, loss: Tensor, rate: float) -> None:
        parameters = list(self._network.parameters())
        self._optimizer.zero_grad()
        loss.backward()
        _share([parameter.grad for parameter in parameters], self._plan.processes)
        clip_grad_norm_(parameters, 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()

    @torch.no_grad()
    def _remember(self, step: int) -> None:
        kept = min(0.997, (step + 2) / (step + 21))
        pairs = zip(self._average.parameters(), self._network.parameters(), strict=True)
        for average, parameter in pairs:
            average.lerp_(parameter, 1 - kept)

    def _report(self, step: int, recent: list[Tensor]) -> None:
        if self._rank:
            return
        tokens, words, letters, attention = torch.stack(recent).mean(0).tolist()
        minutes = (time.monotonic() - self._begun) / 60
        print(
            f"{minutes:5.1f} min  step {step}  tokens {tokens:.3f}  words {words:.3f}"
            f"  letters {letters:.3f}  attention {attention:.3f}",
            flush=True,
        )

    def _save(self) -> None:
        if not self._rank:
            state = self._optimizer.state_dict()
            kept = Checkpoint(self._network, self._average, state)
            checkpoint.save(self._plan.result, kept)


def _share(gradients: list[Tensor], processes: int) -> None:
    """Their mean over all processes, in one message."""
    joined = torch.cat([gradient.flatten() for gradient in gradients]) / processes
    distributed.all_reduce(joined)
    parts = joined.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def untrained() -> Checkpoint:
    network = Whisper(vocabulary.text_tokens(), len(vocabulary.words()) + 1)
    return Checkpoint(network, copy.deepcopy(network))


def _optimizer(begin: Checkpoint) -> AdamW:
    decaying, free = [], []
    for name, parameter in begin.network.named_parameters():
        is_free = parameter.ndim < 2 or name.startswith(_NOT_DECAYING)
        (free if is_free else decaying).append(parameter)
    groups = [{"params": decaying, "weight_decay": 0.05}, {"params": free, "weight_decay": 0.0}]
    optimizer = AdamW(groups, betas=(0.9, 0.98))
    if begin.optimizer:
        optimizer.load_state_dict(begin.optimizer)
    return optimizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--from", dest="begin", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--phases", type=int, nargs="+", choices=(1, 2, 3), default=(1, 2, 3))
    chosen = parser.parse_args()
    phases = [PHASES[number - 1] for number in chosen.phases]
    train(Plan(chosen.data, chosen.result, phases, chosen.begin))


if __name__ == "__main__":
    main()
