"""The number format that is fastest here is measured, not guessed from what a processor says."""

import pytest
import torch

from vidgen import hardware
from vidgen.hardware import fastest_dtype


@pytest.fixture(autouse=True)
def nothing_measured_yet():
    fastest_dtype.cache_clear()
    yield
    fastest_dtype.cache_clear()


@pytest.fixture
def measured(monkeypatch):
    """A processor with bfloat16 instructions whose convolutions take `seconds`, and its calls."""
    seconds, calls = {torch.float32: 1.0, torch.bfloat16: 1.0}, []

    def measure(dtypes, training):
        calls.append(training)
        return seconds

    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    monkeypatch.setattr(hardware, "_convolution_seconds", measure)
    return seconds, calls


@pytest.mark.parametrize(
    ("bfloat16", "fastest"),
    [(0.5, torch.bfloat16), (0.95, torch.float32), (2.0, torch.float32)],
)
def test_the_fastest_number_format_is_what_took_the_least_time(measured, bfloat16, fastest):
    seconds, _ = measured
    seconds[torch.bfloat16] = bfloat16
    assert fastest_dtype("cpu") is fastest


def test_it_is_measured_once_a_process_and_apart_for_training(measured):
    _, calls = measured
    for _ in range(3):
        fastest_dtype("cpu")
        fastest_dtype("cpu", training=True)
    assert calls == [False, True]


def test_a_processor_without_bfloat16_is_not_measured(measured, monkeypatch):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    assert fastest_dtype("cpu") is torch.float32 and not measured[1]


@pytest.mark.parametrize("training", [False, True])
def test_the_measurement_takes_real_convolutions_of_both_formats(training, monkeypatch):
    seen = []
    plain = torch.nn.functional.conv2d

    def watched(x, *rest, **options):
        seen.append((x.dtype, x.requires_grad))
        return plain(x, *rest, **options)

    monkeypatch.setattr(torch.nn.functional, "conv2d", watched)
    dtypes = (torch.float32, torch.bfloat16)
    with torch.inference_mode():  # whoever asks first may be drawing
        seconds = hardware._convolution_seconds(dtypes, training)
    assert set(seen) == {(dtype, training) for dtype in dtypes}
    assert all(0 < seconds[dtype] < 60 for dtype in dtypes)
