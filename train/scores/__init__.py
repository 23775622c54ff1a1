"""Scores of generated clips: functions of arrays, each callable by itself, and the scoreboard."""

from __future__ import annotations

from train.scores.board import Board, score
from train.scores.sample import Counts
from train.scores.table import Score, as_json, table

__all__ = ["Board", "Counts", "Score", "as_json", "score", "table"]
