"""Files that are whole from the moment that they are there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The disk is full, or as much as this user may have of it.
NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}

ROOM = 1 << 20  # bytes: more than a file system grants to a file that it has just cut short


def check_room(path: Path) -> None:
    """Raises OSError if no more can be written to a file, for whatever reason the system gives."""
    with path.open("ab") as file:
        file.write(bytes(ROOM))


@contextmanager
def whole_file(path: Path, suffix: str = ".part", durable: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place when all went well.

    Whatever stood at `path` stays until then, and after an error for good. `suffix` is the ending
    of the name that is written to. A `durable` file is whole even after a power failure. Raises
    OSError, which names `path` as it was given.
    """
    given, path = path, path.absolute()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=suffix)
    except OSError as error:
        raise _about(given, error) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        if durable:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.chmod(0o644)  # mkstemp's own mode shuts everybody else out
        part.replace(path)
    except OSError as error:
        unnamed = error.filename is None and error.errno in NO_SPACE
        if unnamed or name in (str(error.filename), str(error.filename2)):
            raise _about(given, error) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _about(path: Path, error: OSError) -> OSError:
    """The same error about the file that somebody asked for."""
    return OSError(error.errno, error.strerror or str(error), str(path))
