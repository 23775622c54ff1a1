"""Prints the lowest versions that requirements-dev.txt admits, as constraints for pip.

Only torch stays the one that is installed: of its many versions a CPU build is at hand for one.
"""

import re
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]

for name in ("requirements.txt", "requirements-dev.txt"):
    for line in (ROOT / name).read_text(encoding="utf-8").split():
        package, _, floor = line.partition(">=")
        if floor:
            installed = package == "torch"
            print(f"{package}=={version(package) if installed else re.split(',', floor)[0]}")
