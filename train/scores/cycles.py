"""How fast every action repeats, over how fast it does in real clips.

Differences of frames cannot tell a movement that is twice too fast and half as large from the right
one, and a judge that sees half a second cannot tell one cycle from two.
"""

from __future__ import annotations

import numpy as np

from train.data.tempo import clip_tempo
from train.scores.clips import ClipSet, window
from train.scores.sample import Sample

SHORTEST, LONGEST = 16, 96  # frames of the clips that are looked at


def tempos(sample: Sample) -> dict[str, tuple[float, float] | str]:
    """Median frequency of the strongest movement over that of real clips, for every action.

    Of few clips, as they are long: as many generated ones as `counts.contents` in all, at least
    four an action, and every real clip that the sample has windows of.
    """
    dataset, sampler = sample.dataset, sample.sampler
    if dataset.timing:
        return {}
    frames = min(LONGEST, int(np.median(dataset.lengths)))
    actions = dataset.actions if sampler.labelled else ()
    names = [f"tempo over real: {action}" for action in actions] or ["tempo over real"]
    if frames < SHORTEST:
        return dict.fromkeys(names, f"clips have {frames} frames")
    each = max(4, sample.counts.contents // len(names))
    rows: dict[str, tuple[float, float] | str] = {}
    for label, name in enumerate(names):
        seeds = sample.first_seed + 2 * sample.counts.clips + label * each + np.arange(each)
        drawn = [sampler.draw(sampler.path(seed, label, frames), frames) for seed in seeds.tolist()]
        real, other = (
            [window(dataset, clip, frames) for clip in _clips_of(clips, label)[:each]]
            for clips in (sample.real, sample.other)
        )
        shown, wanted, floor = (_tempo(c, dataset.fps) for c in (drawn, real, other))
        rows[name] = shown / wanted, floor / wanted
    return rows


def _clips_of(clips: ClipSet, label: int) -> list[int]:
    return np.unique(clips.source[clips.labels == label]).tolist()


def _tempo(clips: list[np.ndarray], fps: float) -> float:
    """The median of clips, in Hz; NaN of none: an action of one clip is in one half only."""
    return float(np.median([clip_tempo(clip, fps) for clip in clips])) if clips else np.nan
