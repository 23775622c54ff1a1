"""Files that are whole from the moment that they are there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, suffix: str = ".part", durable: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place when all went well.

    Whatever stood at `path` stays until then, and after an error for good. `suffix` is the ending
    of the name that is written to. A `durable` file is whole even after a power failure.
    """
    path = path.absolute()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=suffix)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        if durable:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.chmod(0o644)  # mkstemp's own mode shuts everybody else out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
