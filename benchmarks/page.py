"""How quickly the page starts and answers a slider, and what its process holds on to."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from gradio_client import Client

from benchmarks.serving import running_app

MOVES = 100  # of the slider
FRAMES = 16
REQUESTS = 1_000
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def start_rows() -> list[tuple[str, str]]:
    """Rows about starting: app.py against a bare import of what it needs."""
    imports, answers = [], []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True)
        imports.append(time.perf_counter() - started)
        started = time.perf_counter()
        with running_app():
            answers.append(time.perf_counter() - started)
    bare, answer = statistics.median(imports), statistics.median(answers)
    return [
        ("import torch, gradio", f"{bare:.1f} s"),
        ("app.py until the page answers", f"{answer:.1f} s, {answer / bare:.2f} x"),
    ]


def slider_rows() -> list[tuple[str, str]]:
    """Rows about the page in Chromium: its first clip, and slider to picture."""
    from playwright.sync_api import sync_playwright

    browser_path = os.environ.get("VIDGEN_CHROMIUM") or shutil.which("chromium")
    with running_app() as (url, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_FLAGS)
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(url)
        page.wait_for_function("document.querySelector('.vg-player')?.dataset.clips >= 1")
        first = time.perf_counter() - started
        page.evaluate(MOVE_SLIDER, ["#generate-frames", FRAMES])
        times = [page.evaluate(MOVE_SLIDER, ["#seed-slider", n + 100]) for n in range(MOVES)]
        browser.close()
    p50 = statistics.median(times)
    p95 = statistics.quantiles(times, n=20)[-1]
    return [
        ("first clip on the page, after opening it", f"{first:.2f} s"),
        (f"slider to picture, {FRAMES} frames, p50 of {MOVES}", f"{p50:.0f} ms"),
        ("    p95", f"{p95:.0f} ms"),
    ]


# Moves a slider as a hand does; resolves with the milliseconds until the picture has changed: a few
# frames come first, then all.
MOVE_SLIDER = """([slider, value]) => new Promise((resolve, reject) => {
  const player = document.querySelector('.vg-player');
  const input = document.querySelector(`${slider} input[type=range]`);
  const shown = () => Number(player.dataset.clips) + Number(player.dataset.drafts ?? 0);
  const before = shown();
  const started = performance.now();
  const seen = new MutationObserver(() => {
    if (shown() === before) return;
    seen.disconnect();
    resolve(performance.now() - started);
  });
  seen.observe(player, { attributes: true });
  setTimeout(() => reject(new Error(`${slider} moved and no clip came`)), 20000);
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
})"""


def memory_rows() -> list[tuple[str, str]]:
    """Rows about the app's resident memory, before and after many requests."""
    with running_app() as (url, process):
        client = Client(url, download_files=False, verbose=False)
        for seed in range(20):
            _ask(client, seed)
        before = _resident_mib(process.pid)
        for seed in range(REQUESTS):
            _ask(client, seed)
        after = _resident_mib(process.pid)
    return [
        ("memory of the app after 20 requests", f"{before:,.0f} MiB"),
        (f"    after {REQUESTS:,} more", f"{after:,.0f} MiB"),
    ]


def _ask(client: Client, seed: int) -> None:
    frames, format = 8 + seed % 3 * 8, ("webm", "gif", "webp", "png")[seed % 4]
    client.predict(seed=seed, frames=frames, size=64, format=format, api_name="/generate")


def _resident_mib(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
