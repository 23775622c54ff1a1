"""What may be sent to the page: bounded JSON, read whole, checked and written anew.

Gradio gets what is written here and never what was sent, so no two parsers can understand a body
differently. It takes an object that looks like one of its files for a file, and would download it;
so values are numbers, words, truth values, null, and lists of these.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

MAX_BYTES = 64 << 10
MAX_DEPTH = 8
SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
# The names by which Gradio knows a file, and what it calls one.
FILE_KEYS = frozenset(
    ("path", "url", "meta", "_type", "orig_name", "mime_type", "is_stream", "is_file", "blob")
)
FILE_MARK = "gradio.filedata"
NO_FILES = "This page neither takes nor fetches files."


class Refused(Exception):
    """A request that is answered with a sentence and a status, and goes no further."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


def parse(raw: bytes) -> dict:
    """The JSON object of a body. Raises Refused for anything else and for what is ambiguous."""
    try:
        # Some parsers take a byte order mark, UTF-16 or NaN, others don't.
        body = json.loads(raw.decode(), object_pairs_hook=_unambiguous, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise Refused("The body must be JSON in UTF-8.") from None
    except RecursionError:
        raise Refused("The body is nested too deeply.") from None
    except ValueError as error:
        raise Refused(f"The body must be JSON: {error}.") from None
    if not isinstance(body, dict):
        raise Refused("The body must be a JSON object.")
    return body


def write(body: dict) -> bytes:
    """A body for Gradio. Raises Refused for text that is no Unicode."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise Refused("The body must be Unicode.") from None


def check_plain(value: object, nested: bool = False, depth: int = 0) -> object:
    """The value, if there is no file in it. Raises Refused.

    With `nested` it may hold objects, for functions that know what to do with them.
    """
    if depth > MAX_DEPTH:
        raise Refused("The body is nested too deeply.")
    if isinstance(value, str):
        check_words(value)
    elif isinstance(value, list):
        for item in value:
            check_plain(item, nested, depth + 1)
    elif isinstance(value, dict):
        if not nested or any(_names_a_file(key) for key in value):
            raise Refused(NO_FILES)
        for key, item in value.items():
            check_plain(key)
            check_plain(item, nested, depth + 1)
    elif isinstance(value, float) and value in (float("inf"), -float("inf")):
        raise Refused("A number is too large.")
    return value


def check_words(text: str) -> str:
    """A text, if it neither names a file of Gradio's nor holds JSON that describes one."""
    if FILE_MARK in text.lower():
        raise Refused(NO_FILES)
    if text.lstrip()[:1] in ("{", "[", '"'):
        try:
            inside = json.loads(text)
        except (ValueError, RecursionError):
            return text
        if not isinstance(inside, str) or inside != text:
            check_plain(inside, nested=True, depth=1)
    return text


def session_of(value: object) -> str:
    """A session's name. Raises Refused."""
    if not isinstance(value, str) or not SESSION.fullmatch(value):
        raise Refused("session_hash must be a word of at most 64 letters and digits.")
    return value


def whole(name: str, value: object) -> int:
    """A whole number. Raises Refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{name} must be a whole number.")
    return value


def _names_a_file(key: str) -> bool:
    return key.strip().lower() in FILE_KEYS


def _unambiguous(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("The body names something twice.")
    return found


def _no_number(word: str) -> NoReturn:
    raise Refused(f"{word} is no number of JSON's.")
