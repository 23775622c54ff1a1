"""The numbers in SECURITY.md are those of the program, and its files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vidgen import limits, memory, outbox, studio
from vidgen.inverse import footage, watched
from vidgen.pixels.reading import apart, sound
from vidgen.store import hub, library, shelf
from vidgen.ui import bodies, connections, guard, trainings, uploads, your_clips
from vidgen.ui.desk import Desk

ROOT = Path(__file__).parent.parent
ROWS = {
    of: (most, where)
    for of, most, where in re.findall(
        r"^\| (.+?) \| (.+?) \| (`.+`) \|$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE
    )
}


def mib(size: float) -> str:
    return f"{size / 2**20:g} MiB"


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """By row, what it has to say."""
    desk = Desk()
    clips, previews, fetches = desk.clips, desk.previews, desk.fetches
    searches, reading = desk.clips_brought.line, desk.clips_brought.reading
    desk.close()
    return {
        "a clip": f"{limits.FRAMES.high:,} frames, {limits.SIZE.high:,} pixels",
        "memory of models in use": mib(library.MAX_LOADED_BYTES),
        "freed memory that is kept": (
            f"{mib(memory.KEPT)} at the top of one arena for all threads; the rest goes back every "
            f"{memory.PAUSE:g} seconds while more than {mib(memory.FULL)} are resident"
        ),
        "previews that are kept": f"{studio.MAX_PREVIEWS} and {mib(studio.MAX_PREVIEW_BYTES)}",
        "rendered files on the disk": f"{outbox.MAX_FILES} and {mib(outbox.MAX_BYTES)}, an hour",
        "Hub models of all visitors on the disk": f"{shelf.MAX_FILES} and {mib(shelf.MAX_BYTES)}",
        "one weights file": mib(limits.MAX_WEIGHTS_BYTES),
        "a fetch": f"{hub.PATIENCE:g} seconds of silence, {hub.DEADLINE / 60:g} minutes in all",
        "what waits, of all visitors": (
            f"{clips.most} clips, {previews.most} previews, {fetches.most} fetches"
        ),
        "what waits or is made, of one session": (
            f"{clips.each} clips, {previews.each} previews, {fetches.each} fetch"
        ),
        "what is made at once": (
            f"{clips.places} clips, at most {clips.long_places} of more than {clips.long} frames "
            f"of {studio.SIZE} pixels; {previews.places} previews, at most {previews.long_places} "
            f"of more than {previews.long} frames; {fetches.places} fetches"
        ),
        "a request": (
            f"a body of {bodies.MAX_BYTES >> 10} KiB within {guard.READING:g} seconds; "
            f"{guard.MAX_QUERY:,} bytes of an address"
        ),
        "small trainings of the Learn tab": (
            f"at rest {trainings.LEASE:g} seconds after its page last asked, ended "
            f"{trainings.KEPT:g} seconds after and after {trainings.LONGEST / 60:g} minutes"
        ),
        "clips that are brought": (
            f"{uploads.MOST_BYTES >> 20} MB each within {uploads.ARRIVING:g} seconds, "
            f"{uploads.SILENCE:g} of silence; {uploads.MOST_OF_ONE} of one session, "
            f"{uploads.MOST_FILES} and {mib(uploads.MOST_IN_ALL)} of all; an hour, or until "
            f"{uploads.LEFT:g} seconds after"
        ),
        "decoding one of them": (
            f"{footage.STRANGERS.frames} frames of {footage.STRANGERS.pixels:,} pixels, "
            f"{footage.STRANGERS.seconds:g} seconds, {apart.MEMORY >> 30} GiB of address space; "
            f"{reading.places} at once; of a sound its first {sound.LONGEST} seconds"
        ),
        "searches for what was brought": (
            f"{searches.places} at once, {searches.most} wait, {searches.each} of one session; "
            f"{your_clips.STEPS.high} steps, {watched.LONGEST:g} seconds; they end "
            f"{your_clips.LEASE:g} seconds after"
        ),
        "results that one address listens to": f"{guard.MAX_STREAMS} at once",
        "memory of one request": (
            f"{limits.MAX_HELD_PIXELS / 1e6:g} million pixels that are held at once, "
            f"{limits.MAX_SHEET_PIXELS / 1e6:g} million of a sprite sheet"
        ),
        "connections, of all and of one address": (
            f"{connections.MOST}, {connections.MOST_OF_ONE}; {connections.SPEAKING:g} seconds and "
            f"{connections.HEAD_BYTES >> 10} KiB"
        ),
    }


@pytest.mark.parametrize("row", ROWS)
def test_a_budget_is_what_the_program_keeps_to(row, said):
    assert said[row] in ROWS[row][0]


def test_every_budget_is_in_the_table_and_where_it_says(said):
    assert set(said) == set(ROWS) and outbox.MAX_AGE == uploads.MAX_AGE == 3600
    for _, where in ROWS.values():
        files = re.findall(r"`([\w/]+\.py)`", where)
        assert files and all(
            (ROOT / "vidgen/ui" / name).exists() or (ROOT / name).exists() for name in files
        )
        for name in re.findall(r"`(MAX_\w+)`", where):
            assert f"{name} = " in (ROOT / files[0]).read_text("utf-8")
