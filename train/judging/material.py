"""What a judge learns from: clips with attributes, in groups that are kept apart."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from train.data.batches import ClipDataset
from train.data.lpc.dataset import ACTIONS, LpcDataset
from train.data.lpc.layers import DIRECTIONS
from train.data.sprites import CLIP_FRAMES, SpriteDataset

FILMED_FRAMES = 16
HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
# Of what can be asked about characters, what is in sight of nearly every one.
ASKED = ("body", "skin", "hair", "hair colour", "torso", "legs")
SLOTS = {
    "hair": ("hair",),
    "hair colour": ("hair",),
    "torso": ("torso",),
    "legs": ("legs", "skirt"),
}
NONE = "none"  # what an attribute says if there is nothing
FEW_GROUPS = 20  # of people, say: all of them are held out in turn


@dataclass(frozen=True)
class Material:
    """Clips of a data set, which is called as `load_judges` calls it.

    frames: of a clip that its judges take; lengths: (clips,) frames; attributes: name -> classes;
    labels: name -> (clips,) indices into them; groups: (clips,), who is seen; read: clips (B,) and
    moments (B, T), in frames -> uint8 (B, T, H, W, C). scripted: whether a clip begins where its
    motion does, and holds its end; filmed: whether it may be mirrored and recoloured; arrow:
    whether one can tell backward from forward.

    Of loops only: segments, (clips, 2), from which frame on and how many frames windows are cut
    from, where the frame after a clip's last is its first; hidden: the segments that no training
    sees; held: (clips,) of bool, the clips that none sees.
    """

    name: str
    channels: int
    fps: float
    frames: int
    lengths: np.ndarray
    attributes: dict[str, tuple[str, ...]]
    labels: dict[str, np.ndarray]
    groups: np.ndarray
    read: Callable[[np.ndarray, np.ndarray], np.ndarray]
    scripted: bool = False
    filmed: bool = False
    arrow: bool = True
    segments: np.ndarray | None = None
    hidden: np.ndarray | None = None
    held: np.ndarray | None = None

    def folds(self) -> list[np.ndarray]:
        """What is held out of each of some trainings, whole groups of it: (clips,) of bool.

        Few groups are dealt to three trainings; of many, the last fifth is held out of one; of
        loops, what `held` says.
        """
        if self.held is not None:
            return [self.held]
        names = list(dict.fromkeys(self.groups.tolist()))
        if len(names) <= FEW_GROUPS:
            parts = [sorted(names)[first::3] for first in range(min(3, len(names)))]
        else:
            parts = [names[-(len(names) // 5) :]]
        return [np.isin(self.groups, part) for part in parts]

    def unseen(self, held: np.ndarray) -> tuple[Material, np.ndarray]:
        """What to measure on after a training without clips `held`: and which clips of it."""
        if self.hidden is None:
            return self, held
        return replace(self, segments=self.hidden), np.ones(len(self.lengths), bool)

    def never_saw(self, held: np.ndarray) -> tuple[str, ...]:
        """The groups of a part that is held out."""
        if self.hidden is not None:
            return (f"{self.hidden[:, 1].sum() / self.lengths.sum():.0%} of the frames",)
        if self.held is not None:
            return (f"{held.sum()} of {len(held)} pairs",)
        names = list(dict.fromkeys(self.groups[held].tolist()))
        return tuple(sorted(names)) if len(names) <= FEW_GROUPS else (f"{names[0]} to {names[-1]}",)


def shapes_material(dataset: ClipDataset) -> Material:
    """Procedural shapes: which way they move, which they are, and their hue."""
    scene = dataset.pixels.scene
    low, high = scene.colour.min(1), scene.colour.max(1)
    red, green, blue = ((scene.colour - low[:, None]) / (high - low)[:, None]).T
    # Of the six corners of the colour wheel the nearest: each is at 0 or 1 in all three colours.
    corners = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]])
    distance = np.abs(np.stack([red, green, blue], 1)[:, None] - corners).sum(-1)
    return Material(
        name="shapes",
        channels=3,
        fps=dataset.fps,
        frames=FILMED_FRAMES,
        lengths=dataset.lengths,
        attributes={
            "action": dataset.actions,
            "shape": ("circle", "square"),
            "colour": HUES,
        },
        labels={
            "action": dataset.labels,
            "shape": scene.square.astype(int),
            "colour": distance.argmin(1),
        },
        groups=np.array([f"clip {number}" for number in range(len(dataset))]),
        read=_reader(dataset),
        arrow=False,  # to and fro like a pendulum
    )


def sprites_material(dataset: SpriteDataset) -> Material:
    """The characters of the literature: their motion and their four parts."""
    clips = np.arange(len(dataset))
    who = clips // len(dataset.actions)
    parts = dataset.parts()[who]
    return Material(
        name="sprites",
        channels=3,
        fps=dataset.fps,
        frames=CLIP_FRAMES,
        lengths=dataset.lengths,
        attributes={"action": dataset.actions} | dataset.attributes,
        labels={"action": dataset.labels} | dict(zip(dataset.attributes, parts.T, strict=True)),
        groups=np.array([f"held-out character {number}" for number in who]),
        read=lambda clips, moments: dataset.frames(
            np.broadcast_to(clips[:, None], moments.shape), moments
        ),
        scripted=True,
    )


def characters_material(dataset: LpcDataset) -> Material:
    """Composed characters: 21 motions, and what of them is in sight in each."""
    classes = {name: dataset.attributes[name] for name in ASKED}
    count = len(dataset.seeds)
    labels = {name: np.zeros((count, len(ACTIONS)), int) for name in ASKED}
    for number in range(count):
        character = dataset.character(number)
        said = dict(character.attributes)
        worn = [{piece.slot: piece.label for piece in outfit} for outfit in character.outfits]
        for name in ASKED:
            # A hat hides the hair, and some clothes have no frames for some of the animations.
            for row in range(len(ACTIONS)):
                animation, value = row // len(DIRECTIONS), said[name]
                if name in SLOTS:
                    seen = [worn[animation][s] for s in SLOTS[name] if s in worn[animation]]
                    value = NONE if not seen else value if name.startswith("hair") else seen[0]
                labels[name][number, row] = classes[name].index(value)

    def read(clips: np.ndarray, moments: np.ndarray) -> np.ndarray:
        chosen = zip(clips.tolist(), moments, strict=True)
        return np.stack([dataset.clip(clip)[moment] for clip, moment in chosen])

    return Material(
        name="characters",
        channels=4,
        fps=dataset.fps,
        frames=int(dataset.lengths.max()),
        lengths=dataset.lengths,
        attributes={"action": dataset.actions} | classes,
        labels={"action": dataset.labels} | {name: rows.ravel() for name, rows in labels.items()},
        groups=np.repeat([f"seed {seed}" for seed in dataset.seeds], len(ACTIONS)),
        read=read,
        scripted=True,
    )


def filmed_material(dataset: ClipDataset, folder: Path) -> Material:
    """Clips of a folder and their actions; a column `person` of its index.csv keeps people apart.

    Without one, every clip is a group of its own.
    """
    people = {}
    if (folder / "index.csv").is_file():
        with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row.get("person"):
                    people[row.get("file")] = f"person {row['person']}"
    groups = [people.get(name, name) for name in dataset.names]
    if len(set(groups)) < 3:
        raise ValueError(f"{folder} shows {len(set(groups))} clips or people: 3 are wanted.")
    return Material(
        name=dataset.name,
        channels=dataset.channels,
        fps=dataset.fps,
        frames=int(min(FILMED_FRAMES, np.median(dataset.lengths))),
        lengths=dataset.lengths,
        attributes={"action": dataset.actions} if dataset.actions else {},
        labels={"action": dataset.labels} if dataset.actions else {},
        groups=np.array(groups),
        read=_reader(dataset),
        filmed=True,
    )


def _reader(dataset: ClipDataset) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda clips, moments: dataset.pixels[dataset.starts[clips][:, None] + moments]
