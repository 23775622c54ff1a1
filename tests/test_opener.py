"""Files of vidgen's opened again on the page: what the server reads of them, and the drop."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from tests.browsing import PLAYER, is_local, open_page
from vidgen.pixels.formats import write_frames
from vidgen.place import MAX_CHARACTERS
from vidgen.requests import ClipRequest, write_request
from vidgen.studio import FORMATS
from vidgen.ui.opener import MOST, read
from vidgen.ui.state import settings_of

ASKED = ClipRequest("tiny", 123, 24, 12.0, "wave", 0.5, motion_seed=45, content=(0.5, 0.0))


def sent(data: bytes) -> dict:
    return {"file": base64.b64encode(data).decode()}


@pytest.mark.parametrize("format", ["gif", "png", "apng", "webp", "zip"])
def test_a_file_says_all_that_was_set_when_it_was_made(studio, format):
    made = studio.render(replace(ASKED, frames=8), 64, format)
    data = made.read_bytes()
    part = {"webp": data, "zip": data[data.rfind(b"PK\5\6") :]}.get(format, data[:22_000])
    place = read(sent(part))
    assert place.keys() == {"place"}
    shown, remarks = settings_of(place["place"], studio)
    assert not remarks
    wanted = {"seed": 123, "motion_seed": 45, "own_motion": True, "size": 64, "format": format}
    wanted |= {"fps": 12.0, "action": "wave", "frames": 8, "pad": "[0.5, 0.0, 0.0, 0.0, 0]"}
    assert wanted.items() <= shown.items()


def test_what_another_version_wrote_opens_with_what_still_makes_sense():
    odd = write_request(ASKED) | {"vidgen": 9, "flavour": "mint", "truncation": 99, "path": "/etc"}
    answer = read(sent(json.dumps(odd).encode()))
    assert json.loads(answer["place"]) == write_request(replace(ASKED, truncation=1.5))
    assert "'flavour' is not known here" in answer["remarks"]["English"]
    assert "truncation 99" in answer["remarks"]["English"] and answer["remarks"]["中文"]


def test_a_clip_of_a_timeline_brings_its_keyframes_back():
    keys = [{"at": at, "place": write_request(ClipRequest("tiny", at))} for at in (1, 2)]
    document = {"vidgen": 1, "way": "spline", "loop": False, "keyframes": keys}
    answer = read(sent(json.dumps(document | {"generated": "x", "flavour": 1}).encode()))
    assert answer["timeline"] == document and "'flavour'" in answer["remarks"]["English"]


@pytest.mark.parametrize(
    "bad",
    [None, {}, {"file": 1}, {"file": "*"}, {"file": "A" * (MOST + 4)}, sent(b""), sent(b"PK\3\4"),
     sent(b"{}"), sent(b'{"vidgen": 1, "keyframes": 3}'), sent(b"{" * 9000),
     sent(b'{"vidgen": "' + b"x" * MAX_CHARACTERS + b'"}'),
     sent(b"GIF89a" + bytes(500)), sent(b"\x89PNG\r\n\x1a\n" + b"\xff" * 9000),
     sent(b"RIFF\0\0\0\0WEBP" + b"\xff" * 9000), sent(b"\x1a\x45\xdf\xa3" + b"\xff" * 9000),
     sent(struct.pack(">I4sI4s", 8, b"ftyp", 0, b"moov") * 900)],
)  # fmt: skip
def test_what_is_no_file_of_vidgens_is_a_sentence(bad):
    with pytest.raises(ValueError, match=r"\.$"):
        read(bad)


def note_file(tmp_path, format: str, note: dict):
    path = tmp_path / f"made.{format}"
    frames = np.random.default_rng(0).integers(0, 255, (24, 96, 96, 3)).astype(np.uint8)
    write_frames(path, [frames], 10, format, "transparent", json.dumps(note))
    return path


DROP = """async ([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    const held = new DataTransfer();
    held.items.add(new File([bytes], name));
    const options = { dataTransfer: held, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent("dragover", options));
    const shaded = !document.querySelector("#opener .vg-shade").hidden;
    document.body.dispatchEvent(new DragEvent("drop", options));
    return shaded;
}"""


def drop(page, name: str, data: bytes) -> bool:
    return page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def test_a_dropped_file_of_every_kind_is_opened_and_a_foreign_one_is_refused(
    browser, page_url, tmp_path
):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = open_page(context, page_url)
    line = page.locator("#opener .vg-opened")
    for seed, format in enumerate(FORMATS, 500):
        path = note_file(tmp_path, format, write_request(replace(ASKED, seed=seed), size=64))
        assert len(path.read_bytes()) > 24_000, "more than what is sent of it"
        assert drop(page, path.name, path.read_bytes())
        page.wait_for_function("seed => window.vidgen.requests.generate.seed === seed", arg=seed)
        page.wait_for_selector(f"#opener .vg-opened >> text=made.{format}: its settings are back.")
        assert page.evaluate("window.vidgen.settings('generate')")["format"] == format
    page.wait_for_selector(f"{PLAYER} .vg-facts >> text=24 frames · 12 fps")
    for name, data in (
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("b.webm", bytes(90_000)),
        ("c.json", b"{"),
        ("d.webp", b"RIFF\0\0\0\0WEBPVP8 \xff\xff\xff\xff"),
    ):
        drop(page, name, data)
        line.filter(has_text="vidgen did not make it").wait_for()
        line.click()
    drop(page, "big.json", b"{" + b" " * (1 << 20))
    line.filter(has_text="big.json is too large").wait_for()
    sheet = {"frames": [1] * 9000, "meta": {"vidgen": write_request(ClipRequest("tiny", 77))}}
    picker = page.locator("#opener input[type=file]")
    picker.set_input_files({"name": "s.json", "mimeType": "", "buffer": json.dumps(sheet).encode()})
    page.wait_for_function("() => window.vidgen.requests.generate.seed === 77")
    assert not [url for url in page.requested if not is_local(url)] and not page.broken
    context.close()
