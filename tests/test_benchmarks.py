"""The benchmarks end: what takes long is measured fewer times."""

from __future__ import annotations

import pytest

from benchmarks import compute


@pytest.mark.parametrize("seconds, calls", [(0.01, 3 + 50), (0.1, 3 + 15), (1.0, 3 + 3), (60, 4)])
def test_a_median_is_of_fewer_calls_if_one_takes_long(seconds, calls, monkeypatch):
    now, made = [0.0], []
    monkeypatch.setattr(compute, "clock", lambda: now[0])

    def work() -> None:
        now[0] += seconds + len(made) * 1e-9  # as if no two took the same time
        made.append(now[0])

    assert compute.median_seconds(work) == pytest.approx(seconds, rel=1e-3)
    assert abs(len(made) - calls) <= 1
