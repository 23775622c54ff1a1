"""The model card: what a published model is, what it learnt from and how good it is, in Markdown.

Everything in it comes from the run's folder. What is not there is said to be missing.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.config import TrainConfig
from train.options import words_of
from train.runtime.checkpoint import checkpoints, load_checkpoint
from vidgen.limits import shown
from vidgen.settings import options_of
from vidgen.types import Generator

PICTURE = "samples.jpg"
# The Hub's own names; any other licence is "other" with a name.
HUB_LICENCES = frozenset(
    {"mit", "apache-2.0", "bsd-3-clause", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0"}
    | {"cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "gpl-3.0", "agpl-3.0", "unknown"}
)
# Data that the project knows: licence, and whom to name.
KNOWN_DATA = {
    "shapes": (
        "mit",
        "Procedural, made by `train/data/shapes.py` after the shape motion set of MoCoGAN "
        "(S. Tulyakov et al., CVPR 2018): no download.",
    ),
}


@dataclass(frozen=True)
class Facts:
    """What a run's folder tells of a model: `settings` as TrainConfig has them, or None.

    history: the rows of history.json; scores: (name, value, floor, aim) as text, or None if
    the model was not evaluated.
    """

    history: list[dict]
    settings: dict | None
    scores: list[tuple[str, str, str, str]] | None

    @property
    def data(self) -> str | None:
        """The data's name. Of a path only the last part: the rest is nobody's business."""
        source = (self.settings or {}).get("data")
        return Path(source).name if isinstance(source, str) and source else None


def read_facts(run: Path) -> Facts:
    """Raises ValueError if a file of the run is there but is not what it should be."""
    history = _read_json(run / "history.json", list) or []
    settings = None
    if checkpoints(run):
        settings = json.loads(load_checkpoint(run)["config"])
    scores = _read_json(run / "scores.json", dict, list)
    return Facts(
        [row for row in history if isinstance(row, dict)],
        settings,
        None if scores is None else _score_rows(scores),
    )


def write_card(
    repo: str,
    generator: Generator,
    facts: Facts,
    licence: str | None = None,
    credit: str | None = None,
    hardware: str | None = None,
) -> str:
    """The text of README.md for a model that will be at `repo` ("user/name") on the Hub."""
    known_licence, known_credit = KNOWN_DATA.get(facts.data or "", (None, None))
    licence, credit = licence or known_licence or "unknown", credit or known_credit
    parts = [
        _front_matter(generator, licence, credit),
        f"# {repo.partition('/')[2]}",
        _description(generator),
        f"![Generated clips]({PICTURE})",
        "*Generated: seeds 0 to 15, actions in turn, not chosen. Each row a clip, time runs to the "
        "right.*",
        _usage(repo),
        _data(facts, licence, credit),
        _training(facts, hardware),
        _quality(facts),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(generator: Generator, licence: str, credit: str | None) -> str:
    name = licence.lower()
    lines = [f"license: {name}"]
    if name not in HUB_LICENCES:
        lines = ["license: other", f"license_name: {json.dumps(licence)}"]
    lines += [
        "library_name: vidgen",
        "pipeline_tag: unconditional-image-generation",
        f"tags: [vidgen, gan, video, video-generation, {generator.spec.family}]",
    ]
    if credit:
        # Ours, not the Hub's: shown beside what the model draws.
        lines.append(f"attribution: {json.dumps(credit, ensure_ascii=False)}")
    return "\n".join(["---", *lines, "---"])


def _description(generator: Generator) -> str:
    spec = generator.spec
    parameters = sum(p.numel() for p in generator.parameters())
    colours = "RGBA" if spec.channels == 4 else "RGB"
    text = (
        f"A vidgen generator of video (family `{spec.family}`, "
        f"{spec.resolution}x{spec.resolution} {colours}, {spec.fps:g} fps, "
        f"{parameters / 1e6:.2f} M parameters in float16)."
    )
    if spec.actions:
        text += f" Actions: {', '.join(spec.actions)}."
    return text


def _usage(repo: str) -> str:
    return f"""## Use

```python
from vidgen import load_generator, seeded_path
from vidgen.pixels import clip as render

generator = load_generator("hub:{repo}")
frames = generator(seeded_path(generator.spec, seed=7, frames=32)).detach()
render(frames, fps=generator.spec.fps, size=256).save("clip.webm")
```

On a page: `python app.py --hub {repo}`."""


def _data(facts: Facts, licence: str, credit: str | None) -> str:
    name = f"`{facts.data}`" if facts.data else "not recorded"
    terms = "not given" if licence == "unknown" else licence
    return (
        f"## Data and attribution\n\nTrained on: {name}. Licence of the data, which the weights "
        f"carry: {terms}.\n\n{credit or 'Whom to name was not given.'}"
    )


def _training(facts: Facts, hardware: str | None) -> str:
    lines = ["## Training"]
    if facts.settings:
        lines.append(f"```sh\n{training_command(facts.settings)}\n```")
    lines.append(f"{_amount(facts.history)} Hardware: {hardware or 'not recorded'}.")
    if facts.history:
        lines.append("Losses at every interval: `history.json`.")
    if facts.settings:
        settings = facts.settings | {"data": facts.data}
        rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in settings.items())
        lines.append(
            "<details><summary>All settings</summary>\n\n"
            f"```json\n{{\n{rows}\n}}\n```\n\n</details>"
        )
    else:
        lines.append("The settings were not kept: no checkpoint lay beside the weights.")
    return "\n\n".join(lines)


def _amount(history: list[dict]) -> str:
    last = history[-1] if history else {}
    clips, hours = last.get("clips"), last.get("hours")
    if not isinstance(clips, int):
        return "How long it was trained was not recorded."
    time = f" in {hours:.2f} hours" if isinstance(hours, int | float) else ""
    return f"{clips:,} real clips were seen{time}."


def training_command(settings: dict) -> str:
    """The command line of a run: what it set otherwise than the defaults, as far as flags go.

    Raises ValueError if the settings are not known to this version.
    """
    config = TrainConfig.from_json(json.dumps(settings))
    own = TrainConfig(data="", family=config.family, resolution=config.resolution)
    default = {option: value for option, _, _, value in options_of(own)}
    default["family"], default["resolution"] = TrainConfig.family, TrainConfig.resolution
    name = Path(config.data).name
    words = ["python", "-m", "train", "--data", shlex.quote(name), "--out", "RUN"]
    for option, _, about, value in options_of(config):
        if value is not None and value != default[option]:
            words += words_of(option, about, value)
    return " ".join(words)


def _quality(facts: Facts) -> str:
    if facts.scores is None:
        return (
            "## How good it is\n\nNot evaluated: `python -m train.evaluate` was not run on these "
            "weights."
        )
    rows = ["| score | measured | real against real | aim |", "|---|---|---|---|"]
    rows += [f"| {' | '.join(row)} |" for row in facts.scores]
    return "## How good it is\n\nBy `python -m train.evaluate`.\n\n" + "\n".join(rows)


def _read_json(path: Path, *kinds: type) -> Any:
    """What a JSON file holds, or None if there is no file."""
    if not path.exists():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ValueError(f"{path.name} is not readable as JSON: mend or remove it.") from None
    if not isinstance(value, kinds):
        raise ValueError(f"{path.name} does not hold what it should: {shown(value)}.")
    return value


def _score_rows(scores: dict | list) -> list[tuple[str, str, str, str]]:
    """(name, value, floor, aim) of every score, as `python -m train.evaluate` writes them.

    {name: value} and {name: {"value", "floor", "aim"}} will do too.
    """
    if isinstance(scores, dict) and isinstance(scores.get("scores"), dict | list):
        scores = scores["scores"]
    if isinstance(scores, dict):
        scores = [
            {"name": n, **(s if isinstance(s, dict) else {"value": s})} for n, s in scores.items()
        ]
    rows = []
    for score in scores:
        if not isinstance(score, dict) or "name" not in score:
            continue
        value = score.get("generated", score.get("value"))
        if value is None and "missing" in score:
            value = f"not computed: {score['missing']}"
        met = {"True": ", met", "False": ", missed"}.get(str(score.get("met")), "")
        cells = (score["name"], value, score.get("real", score.get("floor")))
        name, shown, real = map(_cell, cells)
        rows.append((name, shown, real, _cell(score.get("aim")) + met))
    return rows


def _cell(value: object) -> str:
    if isinstance(value, dict):  # of several seeds
        mean, spread = _cell(value.get("mean")), _cell(value.get("spread"))
        return f"{mean} ± {spread}" if spread else mean
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(str(value).split()).replace("|", r"\|")
    return text if len(text) <= 120 else text[:119] + "…"
