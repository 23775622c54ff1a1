"""The scoreboard's sections: which scores are taken of a sample, each beside its floor.

A section returns, by name, a pair (of generated clips, of real ones) or the reason why there is
none, as the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from train.data.shapes import load_shapes
from train.scores import classes, content, detail, motion
from train.scores.clips import ClipSet, window
from train.scores.copies import TrainingClips, copied, copy_ratios
from train.scores.encoder import Encoder
from train.scores.frechet import frechet_distance
from train.scores.manifold import overlap
from train.scores.sample import Sample, Seen
from vidgen.latents import mix

Pair = tuple[float, float]
LONG = 160  # frames, ten times what the literature looks at
PROTOCOL_FRAMES = 16  # of MoCoGAN's ACD
MOST_DIFFERENT = 1_000  # characters of which it is said how many differ
NEVER_SEEN = 50_000_000  # seeds of procedural shapes that no generator learnt from begin here


def distances(sample: Sample) -> dict[str, Pair | str]:
    """Frechet distances of clips and of frames by themselves, in the features of an encoder.

    With judges, of the fixed random encoder too: what a judge learnt not to see, that one may.
    """
    encoders = {"fixed random": sample.untrained}
    if sample.judges:
        encoders = {"own": sample.encoded} | encoders
    rows: dict[str, Pair | str] = {}
    for kind, (generated, real, other) in encoders.items():
        rows[f"FD-clip ({kind} encoder)"] = (
            frechet_distance(generated.features, real.features),
            frechet_distance(other.features, real.features),
        )
        rows[f"FD-frame ({kind} encoder)"] = (
            frechet_distance(_rows(generated.frame_features), _rows(real.frame_features)),
            frechet_distance(_rows(other.frame_features), _rows(real.frame_features)),
        )
    return rows


def _rows(features: np.ndarray) -> np.ndarray:
    return features.reshape(-1, features.shape[-1])


def overlaps(sample: Sample) -> dict[str, Pair | str]:
    """Precision, recall, density and coverage in the encoder's features of clips."""
    generated, real, other = sample.encoded
    if min(len(np.unique(seen.clips.source)) for seen in (real, other)) < 2:
        reason = "there are too few real clips for two halves"
        return dict.fromkeys(("precision", "recall", "density", "coverage"), reason)
    found = overlap(real.features, generated.features, real.clips.source)
    floor = overlap(real.features, other.features, real.clips.source, other.clips.source)
    return {name: (found[name], floor[name]) for name in found}


def motions(sample: Sample) -> dict[str, Pair | str]:
    """Differences of frames over those of real clips, for every action too; variety of motions."""
    rows: dict[str, Pair | str] = {}
    for apart in motion.APART:
        name = f"frame difference over real, {apart} apart"
        if sample.frames <= apart:
            rows[name] = f"clips have {sample.frames} frames"
            continue
        sets = (sample.generated, sample.real, sample.other)
        generated, real, other = (motion.frame_difference(c.pixels, apart) for c in sets)
        rows[name] = _over(generated.mean(), other.mean(), real.mean())
        for label, action in enumerate(sample.dataset.actions if sample.sampler.labelled else ()):
            means = [
                d[c.labels == label].mean() if (c.labels == label).any() else np.nan
                for d, c in zip((generated, real, other), sets, strict=True)
            ]
            rows[f"{name}: {action}"] = _over(means[0], means[2], means[1])
    return rows | {"variance at fixed content over real": _motion_variance(sample)}


def _over(generated: float, other: float, real: float) -> Pair:
    """Both over the real one; NaN if nothing moves in it."""
    if not real > 0:
        return np.nan, np.nan
    return float(generated / real), float(other / real)


def _both(measure: Callable[[Any], float], generated: object, real: object) -> Pair:
    return float(measure(generated)), float(measure(real))


def _motion_variance(sample: Sample) -> Pair | str:
    """One content under several motions, over several windows of one real clip."""
    if sample.dataset.timing:
        return "motion follows a script, the same in every clip"
    lengths = sample.dataset.lengths
    count, most = sample.counts.contents, sample.counts.motions

    def real_variance(clips: ClipSet) -> float | None:
        longer = [c for c in dict.fromkeys(clips.source.tolist()) if lengths[c] > sample.frames]
        if not longer:
            return None
        drawn = [
            [window(sample.dataset, c, sample.frames, sample.rng) for _ in range(most)]
            for c in longer[:count]
        ]
        return motion.motion_variance(np.array(drawn))

    real, other = real_variance(sample.real), real_variance(sample.other)
    if real is None or other is None:
        return "no real clip is longer than the scored ones, so none shows other motion"
    sampler, drawn = sample.sampler, []
    for index, label in enumerate(sample.generated.labels[:count].tolist()):
        first = sample.first_seed + sample.counts.clips + index * most
        shown = sampler.path(first, label, sample.frames)
        drawn.append(
            [
                sampler.draw(
                    mix(shown, sampler.path(first + other_motion, label, sample.frames)),
                    sample.frames,
                )
                for other_motion in range(most)
            ]
        )
    return _over(motion.motion_variance(np.array(drawn)), other, real)


def contents(sample: Sample) -> dict[str, Pair | str]:
    """Content distance in the encoder's features; colour, area and direction of shapes."""
    generated, real, other = (
        float(content.content_distance(seen.frame_features).mean()) for seen in sample.encoded
    )
    rows: dict[str, Pair | str] = {
        "content distance over real (encoder)": _over(generated, other, real)
    }
    if sample.dataset.name != "shapes":
        return rows
    drawn, shown = sample.generated.pixels, sample.other.pixels
    name = f"colour ACD, {PROTOCOL_FRAMES} frames"
    if sample.frames < PROTOCOL_FRAMES:
        rows[name] = f"clips have {sample.frames} frames"
    else:
        rows[name] = _both(_colour_distance, drawn, shown)
    rows[f"colour ACD, {LONG} frames"] = _long_distance(sample)
    rows["area variation"] = _both(lambda p: content.area_variation(p).mean(), drawn, shown)
    rows["direction right"] = "the model has no actions"
    if sample.sampler.labelled:
        vertical = sample.dataset.actions.index("bottom_top")
        rows["direction right"] = _both(
            lambda c: (content.moves_vertically(c.pixels) == (c.labels == vertical)).mean(),
            sample.generated,
            sample.other,
        )
    return rows


def _colour_distance(pixels: np.ndarray, frames: int = PROTOCOL_FRAMES) -> float:
    colours = content.core_colours(pixels[:, :frames])
    return float(content.content_distance(colours).mean())


def _long_distance(sample: Sample) -> Pair:
    """Of few clips, as each costs ten; the real ones are drawn as long as wanted."""
    count = sample.counts.contents
    generated = sample.sampler.clips(count, LONG, sample.first_seed).pixels
    resolution = sample.dataset.resolution
    real = load_shapes(resolution, count, LONG, seed=NEVER_SEEN + sample.seed)
    shown = np.stack([real.clip(index) for index in range(count)])
    return _colour_distance(generated, LONG), _colour_distance(shown, LONG)


def labels(sample: Sample) -> dict[str, Pair | str]:
    """What the judges say of the actions, and whether they agree."""
    names = ("accuracy", "accuracy over that on held-out real", "IS", "H(y|x)", "H(y)")
    if not sample.judges:
        return dict.fromkeys((*names, "agreement of the judges"), "there are no judges")
    if not sample.dataset.actions:
        return dict.fromkeys((*names, "agreement of the judges"), "the data has no actions")
    rows: dict[str, Pair | str] = {}
    for judge in sample.judges:
        generated, _, other = (seen.judged["action"] for seen in sample.verdicts[judge.name])
        pairs = zip(_class_scores(generated), _class_scores(other), strict=True)
        (score, doubt, variety), of = tuple(pairs), f" ({judge.name})"
        rows |= _accuracies(sample, judge, generated, other)
        rows |= {f"IS{of}": score, f"H(y|x){of}": doubt, f"H(y){of}": variety}
    if len(sample.judges) < 2:
        return rows | {"agreement of the judges": "there is one judge only"}
    seen = [sample.verdicts[judge.name] for judge in sample.judges[:2]]
    rows["agreement of the judges"] = _both(
        lambda i: classes.agreement(*(by[i].judged["action"] for by in seen)), 0, 2
    )
    return rows


def _class_scores(judged: np.ndarray) -> tuple[float, float, float]:
    return classes.inception_score(judged), *classes.class_entropies(judged)


def _accuracies(
    sample: Sample, judge: Encoder, generated: np.ndarray, other: np.ndarray
) -> dict[str, Pair | str]:
    own, relative = (
        f"accuracy ({judge.name})",
        f"accuracy over that on held-out real ({judge.name})",
    )
    if not sample.sampler.labelled:
        return dict.fromkeys((own, relative), "the model has no actions")
    right = classes.accuracy(generated, sample.generated.labels)
    rows: dict[str, Pair | str] = {own: (right, classes.accuracy(other, sample.other.labels))}
    held_out = getattr(getattr(judge, "card", None), "accuracy", {}).get("action")
    rows[relative] = (right / held_out, 1.0) if held_out else "the judge does not know its own"
    return rows


def characters(sample: Sample) -> dict[str, Pair | str]:
    """Whether a seed is the same character in all actions, and seeds are different ones."""
    same, different = "same character in all actions", "different characters"
    asked = [
        name for name in (sample.judges[0].attributes if sample.judges else ()) if name != "action"
    ]
    if not asked or not sample.dataset.timing or not sample.sampler.labelled:
        return {}
    actions = len(sample.dataset.actions)
    count = min(sample.counts.contents, len(sample.dataset) // actions)
    drawn = [
        sample.sampler.draw(sample.sampler.path(seed, label, sample.frames), sample.frames)
        for seed in range(sample.first_seed, sample.first_seed + count)
        for label in range(actions)
    ]
    # Clip `actions * i + label` is that action of character i.
    chosen = sample.rng.choice(len(sample.dataset) // actions, count, replace=False)
    clips = (chosen[:, None] * actions + np.arange(actions)).flatten()
    shown = [window(sample.dataset, int(clip), sample.frames) for clip in clips]
    pairs = {}
    for kind, pixels in (("generated", drawn), ("real", shown)):
        whole = ClipSet(
            np.stack(pixels), np.tile(np.arange(actions), count), np.arange(len(pixels))
        )
        judged = Seen(sample.judges[0], whole, sample.device).judged
        pairs[kind] = {name: judged[name].reshape(count, actions, -1) for name in asked}

    def all_kept(judged: dict[str, np.ndarray]) -> float:
        return float(np.all([classes.kept(p) for p in judged.values()], 0).mean())

    # One clip of each is enough to tell characters apart, and many are needed to meet by chance.
    alone = [
        {name: clips.judged[name][:MOST_DIFFERENT, None] for name in asked}
        for clips in sample.verdicts[sample.judges[0].name]
    ]
    generated, real = pairs["generated"], pairs["real"]
    rows: dict[str, Pair | str] = {
        same: _both(all_kept, generated, real),
        different: (classes.different(alone[0]), classes.different(alone[2])),
    }
    for name in asked:
        rows[f"same {name} in all actions"] = _both(
            lambda judged: classes.kept(judged).mean(), generated[name], real[name]
        )
    return rows


def looks(sample: Sample) -> dict[str, Pair | str]:
    """Fine detail over that of real clips; clean alpha if there is any."""
    sets = (sample.generated, sample.real, sample.other)
    generated, real, other = (detail.fine_detail(c.pixels).mean() for c in sets)
    rows: dict[str, Pair | str] = {"fine detail over real": _over(generated, other, real)}
    if sample.dataset.channels == 4:
        rows["clean alpha"] = _both(
            detail.clean_alpha, sample.generated.pixels, sample.other.pixels
        )
    return rows


def memory(sample: Sample) -> dict[str, Pair | str]:
    """How near the nearest training clip is, and the share that is nearer than a copy may be."""
    names = ("distance to training over real", "copies")
    if not isinstance(sample.training, TrainingClips):
        return dict.fromkeys(names, sample.training)
    count = sample.counts.compared
    generated, _ = copy_ratios(sample.training, sample.generated.pixels[:count])
    other = sample.other.chosen(slice(count))
    real, _ = copy_ratios(sample.training, other.pixels, without=other.source)
    return {
        names[0]: (float(np.median(generated)), float(np.median(real))),
        names[1]: (copied(generated), copied(real)),
    }
