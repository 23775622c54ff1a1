"""The progress bar of the command line."""

from __future__ import annotations

import sys

BAR = 30  # characters


def bar(unit: str):
    """A progress bar to call with (done, total), on stderr where somebody sees it."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and total:
            filled = "█" * (BAR * done // total)
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{filled:·<{BAR}} {done:,} of {total:,} {unit}{end}")
            sys.stderr.flush()

    return show
