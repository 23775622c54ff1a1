"""A finished run, as it is published."""

import json
from pathlib import Path

from tests.tiny import tiny_generator
from train.config import TrainConfig
from train.families.style import CriticConfig, StyleSettings
from train.runtime.checkpoint import save_checkpoint
from vidgen.store.weights import save_generator

REPO = "ann/dance"
HISTORY = [
    {"clips": 4000, "hours": 0.1, "critic": 1.5},
    {"clips": 12000, "hours": 0.31, "critic": 1.2},
]


def finished_run(folder: Path) -> Path:
    """A finished run: weights, history, a checkpoint with its settings."""
    save_generator(tiny_generator(), folder / "model.safetensors")
    (folder / "history.json").write_text(json.dumps(HISTORY))
    config = TrainConfig(
        data="/home/ann/secret/shapes",
        resolution=32,
        grow=((32, 0),),
        batch=8,
        objective=StyleSettings(gamma=10.0, critic=CriticConfig(widths=(128,), spectral_norm=True)),
    )
    save_checkpoint(folder, 12000, {"config": config.to_json()})
    return folder
