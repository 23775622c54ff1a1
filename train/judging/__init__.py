"""Judges: small networks, trained on real clips, that tell what a clip shows and how it moves."""

from __future__ import annotations

from train.judging.files import load_judges, read_judge, save_judge
from train.judging.judge import Judge, JudgeCard, JudgeConfig

__all__ = ["Judge", "JudgeCard", "JudgeConfig", "load_judges", "read_judge", "save_judge"]
