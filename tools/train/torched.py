"""The same network and the same steps in PyTorch, for a machine with a graphics card.

All blocks can be trained there, from pixels, and a step is recorded once and
replayed (a CUDA graph): without that the card waits for Python. Weights go in
and out as layer name → [kernel, bias] in Keras's order of axes, so that the
files are made, rounded and measured as ever.
"""

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import blocks, goals, probe
from .made import passes
from .plan import Plan, rate, remembered


class Network(nn.Module):
    """The blocks without normalisation and the heads, on bytes (N, side, side, 3)."""

    def __init__(self, heads: dict[str, int], dropout: float = 0.2, first: int = 0):
        super().__init__()
        self.heads, self.dropout, self.first = heads, dropout, first
        self.convs = nn.ModuleDict({"conv_first": nn.Conv2d(3, blocks.FIRST, 3, stride=2)})
        for i, channels, expansion, out, stride, kernel in blocks.each():
            wide = channels * expansion
            if expansion > 1:
                self.convs[f"b{i}_expand"] = nn.Conv2d(channels, wide, 1)
            self.convs[f"b{i}_depth"] = nn.Conv2d(wide, wide, kernel, stride=stride, padding=0 if stride == 2 else kernel // 2, groups=wide)
            self.convs[f"b{i}_project"] = nn.Conv2d(wide, out, 1)
        if blocks.LAST:
            self.convs["conv_last"] = nn.Conv2d(out, blocks.LAST, 1)
        for name, size in heads.items():
            self.convs[f"{name}_map"] = nn.Conv2d(blocks.FEATURES, size, 1)
        for name, conv in self.convs.items():
            conv.requires_grad_(blocks.number(name) >= first)

    def means(self, photos: torch.Tensor, setting: bool = False):
        """(means of the last map, with setting also those of blocks.SETTING)."""
        x = photos.permute(0, 3, 1, 2).float() / 127.5 - 1
        x = F.relu6(self.convs["conv_first"](_padded(x, 3)))
        told = None
        for i, channels, expansion, out, stride, kernel in blocks.each():
            y = x
            if expansion > 1:
                y = F.relu6(self.convs[f"b{i}_expand"](y))
                if setting and blocks.SETTING == f"b{i}_expand_relu":
                    told = y.float().mean((2, 3))
            y = F.relu6(self.convs[f"b{i}_depth"](_padded(y, kernel) if stride == 2 else y))
            y = self.convs[f"b{i}_project"](y)
            x = x + y if stride == 1 and channels == out else y
        if blocks.LAST:
            x = F.relu6(self.convs["conv_last"](x))
        return x.float().mean((2, 3)), told

    def forward(self, photos: torch.Tensor, setting: bool = False):
        """Logits of every head; with setting also the means of blocks.SETTING."""
        x, told = self.means(photos, setting)
        x = F.dropout(x, self.dropout, self.training)
        # A 1×1 convolution and a mean may change places: here the mean comes first.
        logits = {name: F.linear(x, self.convs[f"{name}_map"].weight.flatten(1), self.convs[f"{name}_map"].bias)
                  for name in self.heads}
        return (logits, told) if setting else logits

    @torch.no_grad()
    def lift(self, weights: dict[str, list[np.ndarray]]) -> None:
        """Takes the weights of the layers that it has; in place, so that a recorded step goes on with them."""
        for name, conv in self.convs.items():
            if name in weights:
                kernel = _to_torch(name, weights[name][0])
                conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
                conv.bias.copy_(torch.from_numpy(np.ascontiguousarray(weights[name][1])))


def _padded(x, kernel):
    """As Keras's "same" does for an even side and a stride of two: one row and column more after the last than before the first."""
    before, after = (kernel - 2) // 2, (kernel - 1) // 2
    return F.pad(x, (before, after, before, after))


def _to_torch(name: str, kernel: np.ndarray) -> np.ndarray:
    return kernel.transpose((2, 3, 0, 1) if name.endswith("_depth") else (3, 2, 0, 1))


def _to_keras(name: str, kernel: np.ndarray) -> np.ndarray:
    return kernel.transpose((2, 3, 0, 1) if name.endswith("_depth") else (2, 3, 1, 0))


def card() -> torch.device:
    """The graphics card, or the processor where there is none; answers come in full float precision."""
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def turned(x: torch.Tensor) -> torch.Tensor:
    """Each photo in one of the eight turns and flips of a square."""
    def coin():
        return torch.rand((len(x), 1, 1, 1), device=x.device) < 0.5

    x = torch.where(coin(), x.flip(1), x)
    x = torch.where(coin(), x.flip(2), x)
    return torch.where(coin(), x.transpose(1, 2), x)


class Trainer:
    """Trains one network after another on one bank of pixels; not safe for several threads.

    bank is (views, side, side, 3) bytes on the device, order the row of each view, tidy which were left clean.
    """

    def __init__(self, bank: torch.Tensor, order: np.ndarray, tidy: np.ndarray, rows, plan: Plan, weights):
        self.bank, self.plan, self.device = bank, plan, bank.device
        if plan.taught:
            raise ValueError("cannot learn from a teacher on a card: python -m train and python -m evaluate days can")
        torch.manual_seed(plan.seed)
        self.net = Network(goals.HEADS, plan.dropout, plan.first).to(self.device).to(memory_format=torch.channels_last).train()
        # Heads that have no start weights: drawn once, used for every network of this trainer.
        self.fresh = {name: [_to_keras(name, c.weight.detach().cpu().numpy()), c.bias.detach().cpu().numpy()]
                      for name, c in self.net.convs.items()} | weights
        self.start = weights
        self.wished = goals.of_views(rows, order, tidy, plan.smoothing, plan.outlier, plan.clean_weight)
        self.goal = {h: torch.from_numpy(g).to(self.device) for h, (g, _) in self.wished.items()}
        self.weight = {h: torch.from_numpy(w).to(self.device) for h, (_, w) in self.wished.items()}
        self.told = np.full((len(order), blocks.FEATURES), np.nan, np.float32)
        self.params = [p for p in self.net.parameters() if p.requires_grad]
        self.mean = [p.detach().clone() for p in self.params]
        kernels, biases = [p for p in self.params if p.ndim > 1], [p for p in self.params if p.ndim == 1]
        self.rate = torch.tensor(plan.rate, device=self.device)
        on_card = self.device.type == "cuda"
        self.optimiser = torch.optim.AdamW(
            [{"params": kernels, "weight_decay": plan.decay}, {"params": biases, "weight_decay": 0.0}],
            lr=self.rate if on_card else plan.rate, eps=1e-7, capturable=on_card, foreach=on_card)
        self.at = torch.zeros(plan.batch, dtype=torch.int64, device=self.device)
        self.far = torch.zeros((), device=self.device)
        self.loss = torch.zeros((), device=self.device)
        self.graph = None

    def _loss(self):
        photos = turned(self.bank[self.at])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda", cache_enabled=False):
            out = self.net(photos)
        loss = 0.0
        for head, logits in out.items():
            each = -(self.goal[head][self.at] * F.log_softmax(logits, -1)).sum(-1)
            share = self.plan.gate_weight if head == "gate" else 1.0
            loss = loss + share * (each * self.weight[head][self.at]).mean()
        return loss

    def _step(self):
        for p in self.params:
            p.grad = None
        loss = self._loss()
        loss.backward()
        nn.utils.clip_grad_norm_(self.params, 2.0, foreach=True)
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_mul_(self.mean, self.far)
            torch._foreach_add_(self.mean, torch._foreach_mul(self.params, 1 - self.far))
        self.loss.copy_(loss.detach())

    def _record(self):
        """Warms up on a stream beside and records a step; both move weights, so run starts them anew afterwards."""
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):
                self._step()
        torch.cuda.current_stream().wait_stream(beside)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._step()

    @torch.no_grad()
    def _means(self, places):
        """Of the last map of the views at these places, as the start weights see it; each asked once."""
        new = places[np.isnan(self.told[places, 0])]
        self.net.lift(self.fresh)
        for k in range(0, len(new), 256):
            at = new[k:k + 256]
            self.told[at] = self.net.means(self.bank[torch.from_numpy(at).to(self.device)])[0].cpu().numpy()
        return self.told[places]

    @torch.no_grad()
    def _start(self, places):
        self.net.lift(probe.begun(self.start, self.wished, places, self._means) if self.plan.line else self.fresh)
        for m, p in zip(self.mean, self.params):
            m.copy_(p)
        for state in self.optimiser.state.values():
            for value in state.values():
                value.zero_()

    def _set_rate(self, value: float):
        if self.graph is None:
            for group in self.optimiser.param_groups:
                group["lr"] = value
        else:
            self.rate.fill_(value)

    def run(self, places: np.ndarray, steps: int, say=print) -> dict[str, list[np.ndarray]]:
        """Trains a network from the start weights on the views at these places, pass after pass, and returns its averaged weights."""
        feed = passes(places, self.plan.batch, self.plan.seed)
        if self.graph is None and self.device.type == "cuda":
            self._record()
        self._start(places)
        began = time.time()
        for n in range(steps):
            self.at.copy_(torch.from_numpy(feed(n)).to(self.device, non_blocking=True))
            self._set_rate(rate(self.plan, n, steps))
            self.far.fill_(remembered(self.plan, n + 1))
            if self.graph is None:
                self._step()
            else:
                self.graph.replay()
            if (n + 1) % 200 == 0 or n == steps - 1:
                say(f"step {n + 1}/{steps} loss {float(self.loss):.4f} {(n + 1) * self.plan.batch / (time.time() - began):.0f} views/s")
        averaged = dict(zip(map(id, self.params), self.mean))
        out = {}
        for name, conv in self.net.convs.items():
            kernel, bias = (averaged.get(id(p), p.detach()).cpu().numpy() for p in (conv.weight, conv.bias))
            out[name] = [np.ascontiguousarray(_to_keras(name, kernel)), bias.copy()]
        return out


@torch.no_grad()
def answers(weights: dict[str, list[np.ndarray]], photos: np.ndarray, device, batch: int = 256, setting: bool = False):
    """Logits of every head for bytes (N, side, side, 3), in full precision; with setting also the SETTING means."""
    net = Network(goals.HEADS).to(device).eval()
    net.lift(weights)
    parts: dict[str, list] = {}
    for k in range(0, len(photos), batch):
        out = net(torch.from_numpy(photos[k:k + batch]).to(device), setting)
        logits, told = out if setting else (out, None)
        for head, value in logits.items():
            parts.setdefault(head, []).append(value.cpu().numpy())
        if setting:
            parts.setdefault("setting", []).append(told.cpu().numpy())
    return {head: np.concatenate(p) for head, p in parts.items()}
