"""Trains the small encoder beside a model: `python -m train.encoder MODEL --out FILE`.

It learns from the generator's own clips, seen as clips of visitors are: over any background, in
grey, shrunk, with holes. The same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from train.runtime.interrupt import Interrupt
from vidgen import engine
from vidgen.files import whole_file
from vidgen.inverse.guessed import looks
from vidgen.inverse.observe import LUMA, Observed
from vidgen.inverse.start import at, contents_of, turned
from vidgen.latents import seeded_path, together
from vidgen.limits import Limit
from vidgen.models.guess import LOOKS, SIDE, ClipEncoder
from vidgen.store.encoders import FILE_NAME, save_encoder
from vidgen.store.weights import load_generator
from vidgen.types import Generator, LatentPath

MINUTES = Limit("--minutes", 0.01, 10_000)
FRAMES = 96  # of a clip, of which LOOKS are drawn
SHORTEST = 6  # frames from the first look to the last
DRAWN, KEPT, ROUNDS, BATCH = 16, 4096, 6, 64  # clips at a time, of a store; steps after each
PACE, WARM = 1e-3, 200  # of Adam; steps until it is reached
SAVED = 60.0  # seconds between two savings


class Clips:
    """A store of a generator's clips, drawn small, that is refilled as it is used.

    frames: (N, LOOKS, C, SIDE, SIDE); times (N, LOOKS) in seconds; action (N,); content (N, Zc);
    phase (N, 2), the cosine and the sine of the angle in the cycle at the first look.
    """

    def __init__(self, generator: Generator, rng: torch.Generator) -> None:
        self.generator, self.rng = generator, rng
        self.contents = contents_of(generator)
        self.parts: list[tuple[Tensor, ...]] = []

    def refill(self) -> None:
        """Draws some clips, which take the place of the oldest."""
        paths, actions, phases = zip(*(self._path() for _ in range(DRAWN)), strict=True)
        batch = replace(together(paths), times=torch.stack([path.times for path in paths]))
        side = min(SIDE, self.generator.spec.resolution)
        frames = next(engine.draw(self.generator, batch, LOOKS, side)).half()
        times = batch.times - batch.times[:, :1]
        angle = 2 * math.pi * torch.tensor(phases)
        phase = torch.stack([angle.cos(), angle.sin()], -1)
        part = (frames, times.float(), torch.tensor(actions), batch.content[:, 0], phase)
        self.parts = [*self.parts[1 - KEPT // DRAWN :], part]

    def batch(self) -> tuple[Tensor, ...]:
        """BATCH clips of the store."""
        chosen = torch.randint(len(self.parts) * DRAWN, (BATCH,), generator=self.rng).tolist()
        picked = [divmod(number, DRAWN) for number in chosen]
        rows = [[part[row] for part in self.parts[index]] for index, row in picked]
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))

    def _path(self) -> tuple[LatentPath, int, float]:
        spec, rng = self.generator.spec, self.rng
        seed, phase = self._whole(2**31), float(torch.rand((), generator=rng))
        action = self._whole(max(1, len(spec.actions)))
        path = seeded_path(spec, seed, FRAMES, action=action if spec.actions else None)
        if torch.rand((), generator=rng) < 0.7:  # those that a search looks among
            content = self.contents[self._whole(len(self.contents))]
            path = replace(path, content=content.expand_as(path.content))
        span = SHORTEST + self._whole(FRAMES - SHORTEST)
        moments = torch.linspace(0, span, LOOKS).round().long()
        return at(turned(spec, path, phase), moments), action, phase

    def _whole(self, below: int) -> int:
        return int(torch.randint(below, (1,), generator=self.rng))


def as_seen(frames: Tensor, rng: torch.Generator) -> Tensor:
    """Frames (B, LOOKS, C, H, H) as visitors' clips come: (B, LOOKS, 4, SIDE, SIDE)."""
    seen = []
    for clip in frames.float():
        chance = torch.rand(4, generator=rng)
        under = None
        if clip.shape[1] == 4 and chance[0] < 0.7:
            colour = 2 * torch.rand(3, 1, 1, generator=rng) - 1
            under = colour.expand(-1, *clip.shape[2:])
        clip = Observed(clip, clip[:, :1], under).laid(clip)
        if chance[1] < 0.1 and clip.shape[1] == 3:
            clip = (clip * clip.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
            clip = clip.expand(-1, 3, -1, -1)
        if chance[2] < 0.3:
            clip = F.avg_pool2d(clip, 2 if chance[2] < 0.15 else 4)
        kept = torch.ones_like(clip[:, :1])
        if chance[3] < 0.2:
            half = clip.shape[-1] // 2
            row, column = (int(torch.randint(half + 1, (1,), generator=rng)) for _ in range(2))
            kept[..., row : row + half, column : column + half] = 0
        clip = clip + 0.03 * torch.randn(clip.shape, generator=rng)
        seen.append(looks(clip, kept))
    return torch.stack(seen)


def loss_of(encoder: ClipEncoder, batch: tuple[Tensor, ...], seen: Tensor) -> Tensor:
    """Cross entropy of the action, 1 - cosine of the content, square of the action's phase."""
    _, times, action, content, phase = batch
    guess = encoder(seen, times)
    far = 1 - F.cosine_similarity(guess.content, content, dim=-1).mean()
    turned_by = guess.phase[torch.arange(len(action)), action] - phase
    return F.cross_entropy(guess.action, action) + 2 * far + 2 * turned_by.square().sum(-1).mean()


def train(generator: Generator, out: Path, minutes: float, log=print) -> ClipEncoder:  # noqa: ANN001
    """Trains for so many minutes, goes on with what `out` was left at, and saves it there."""
    generator = engine.prepared(generator)
    encoder, steps = ClipEncoder(generator.spec), 0
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=PACE, betas=(0.9, 0.98))
    state = out.with_suffix(".pt")
    if state.is_file():
        kept = torch.load(state, weights_only=True)
        encoder.load_state_dict(kept["encoder"])
        optimizer.load_state_dict(kept["optimizer"])
        steps = kept["steps"]
    rng = torch.Generator().manual_seed(steps)
    clips = Clips(generator, rng)
    began = saved = time.monotonic()
    until, mean = began + 60 * minutes, 0.0
    with Interrupt() as interrupt:
        while time.monotonic() < until and not interrupt.requested:
            clips.refill()
            for _ in range(ROUNDS):
                share = (time.monotonic() - began) / (60 * minutes)
                pace = min(1, (steps + 1) / WARM) * max(0.02, math.cos(math.pi / 2 * min(1, share)))
                optimizer.param_groups[0]["lr"] = PACE * pace
                batch = clips.batch()
                loss = loss_of(encoder, batch, as_seen(batch[0], rng))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                steps += 1
                mean += (float(loss.detach()) - mean) / min(steps, 50)
            if time.monotonic() - saved > SAVED:
                saved = time.monotonic()
                log(f"{steps:,} steps, {saved - began:.0f} s: loss {mean:.3f}", flush=True)
                _save(encoder, optimizer, steps, out, state)
    _save(encoder, optimizer, steps, out, state)
    log(f"{out}: {steps:,} steps, loss {mean:.3f}")
    return encoder


def _save(
    encoder: ClipEncoder, optimizer: torch.optim.Optimizer, steps: int, out: Path, state: Path
) -> None:
    save_encoder(encoder, out)
    kept = {"encoder": encoder.state_dict(), "optimizer": optimizer.state_dict(), "steps": steps}
    with whole_file(state) as part:
        torch.save(kept, part)


def build_parser() -> argparse.ArgumentParser:
    """The command line's options."""
    parser = argparse.ArgumentParser("python -m train.encoder", description=__doc__)
    parser.add_argument("model", help="a bundled name, a .safetensors file, or its folder")
    parser.add_argument("--out", type=Path, help=f"({FILE_NAME} beside the model)")
    parser.add_argument("--minutes", type=float, default=20, metavar="N", help="(20)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        folder = Path(options.model)
        source = folder / "model.safetensors" if folder.is_dir() else options.model
        out = options.out or Path(source).with_name(FILE_NAME)
        train(load_generator(source), out, MINUTES.check(options.minutes))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
