"""The command line, called as a function."""

from __future__ import annotations

import pytest

from vidgen import __main__ as command_line


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """`python -m vidgen` with these arguments: exit code, stdout, stderr."""
    try:
        code = command_line.main([str(argument) for argument in arguments])
    except SystemExit as end:  # argparse's own
        code = end.code
    return code, *capsys.readouterr()
