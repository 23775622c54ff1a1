"""Real or generated: where its clips come from, and the quiz in a real Chromium."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
import torch

from tests.browsing import open_page
from tests.tabs import pick_tab, serious
from tests.tiny import tiny_generator
from train.data.shapes import CLIPS, FPS, draw, random_scene
from train.scores.sections import NEVER_SEEN
from vidgen.pixels.arrays import as_pixels
from vidgen.pixels.reading.rows import read_rows
from vidgen.pixels.reading.timing import Unreadable
from vidgen.store.weights import bundled_folder, save_generator
from vidgen.studio import Studio
from vidgen.ui import quiz
from vidgen.ui.words import LANGUAGES

QUIZ = "#stage-quiz .vg-quiz"
DRAWN_FROM = 60_000_000  # the seed of the bundled shapes


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A studio whose models are a tiny one of `shapes`, and one of data that may not be shown."""
    monkeypatch.setattr("vidgen.store.weights.bundled_models", list)
    files = [tmp_path / "tiny-shapes.safetensors", tmp_path / "actions.safetensors"]
    for file in files:
        save_generator(tiny_generator(), file)
    studio = Studio(*map(str, files))
    yield studio
    studio.close()


def test_the_real_shapes_are_those_that_our_code_draws_from_a_seed_never_trained_on():
    clips = quiz.real_clips("shapes")
    count, frames = clips.shape[:2]
    assert DRAWN_FROM >= NEVER_SEEN > CLIPS
    clip, frame = np.divmod(np.arange(count * frames), frames)
    drawn = draw(random_scene(count, DRAWN_FROM), clip, frame / quiz.EXAMPLES["shapes"].fps, 64)
    assert quiz.EXAMPLES["shapes"].fps == FPS / 2
    assert np.array_equal(as_pixels(clips).reshape(drawn.shape), drawn)


def test_the_real_gestures_are_transparent_and_premultiplied_and_all_are_small():
    clips = quiz.real_clips("gestures")
    assert clips.shape[1:] == (20, 4, 64, 64)
    levels = (clips + 1) / 2
    assert (levels[:, :, :3] <= levels[:, :, 3:] + 0.01).all()
    assert 0.1 < (levels[:, :, 3] == 0).float().mean() < 0.9
    files = [bundled_folder() / data / quiz.FILE for data in quiz.EXAMPLES]
    assert sum(file.stat().st_size for file in files) < 300_000
    assert "Microsoft" in (files[1].parent / "LICENSE").read_text("utf-8")


def test_rows_that_are_none_are_refused(tmp_path):
    from PIL import Image

    Image.new("RGB", (64, 40)).save(tmp_path / "rows.png")
    with pytest.raises(Unreadable, match="no rows of frames of 64 pixels"):
        read_rows(tmp_path / "rows.png", 64)


def test_half_of_the_clips_are_real_and_nothing_but_the_answer_tells(shapes, monkeypatch):
    told = [quiz.riddle(shapes, {"model": "tiny-shapes"}) for _ in range(30)]
    solved = [quiz.solution({"riddle": clip["riddle"], "said": True}) for clip in told]
    assert 3 <= sum(clip["real"] for clip in solved) <= 27, "it is a fair coin"
    for name in ("frames", "fps", "width", "height", "mime", "columns", "pixelArt"):
        assert len({clip[name] for clip in told}) == 1, f"{name} would tell"
    hidden = {"origin", "engine", "place", "real", "seed"}
    assert not hidden & {name for clip in told for name in clip}
    assert len({clip["seed"] for clip in solved}) == len({clip["riddle"] for clip in told}) == 30


def test_the_answer_is_told_to_whoever_has_answered_and_is_that_of_the_clip(shapes, monkeypatch):
    clips = [quiz.riddle(shapes, {"model": "tiny-shapes"}) for _ in range(8)]
    for clip in clips:
        answer = quiz.solution({"riddle": clip["riddle"], "said": False})
        assert answer == quiz.solution({"riddle": clip["riddle"], "said": True})
        make = quiz.real_clip if answer["real"] else quiz.generated_clip
        image = make(shapes, "tiny-shapes", answer["seed"]).grid.image
        assert base64.b64encode(image).decode() == clip["grid"]
    names = [clip["riddle"] for clip in clips]
    truths = [quiz.truth(name) for name in names]
    monkeypatch.setattr(quiz, "_key", lambda: b"another")
    assert [quiz.truth(name) for name in names] != truths, "it hangs on a key, not on names alone"


@pytest.mark.parametrize(
    "asked",
    [None, [1], {}, {"riddle": "0" * 32}, {"riddle": "0" * 32, "said": "yes"},
     {"riddle": "0" * 31, "said": True}, {"riddle": "Z" * 32, "said": True},
     {"riddle": ["0" * 32], "said": True}],
)  # fmt: skip
def test_without_an_answer_nothing_is_told(asked):
    told = quiz.solution(asked)
    assert "once you have given yours" in told["error"]
    assert re.search("[\u4e00-\u9fff]", told["words"][LANGUAGES[1]])


def test_a_smaller_model_is_shown_beside_smaller_real_clips(shapes):
    real = quiz.real_clip(shapes, "tiny-shapes", 5).grid
    drawn = quiz.generated_clip(shapes, "tiny-shapes", 5).grid
    assert (real.width, real.frames) == (drawn.width, drawn.frames) == (16, 16)


@pytest.mark.parametrize("asked", [None, {}, {"model": "none"}, {"model": "actions"}, [1]])
def test_what_may_not_be_shown_is_told_in_both_languages(shapes, asked):
    assert quiz.models_of_quiz(shapes) == ["tiny-shapes"]
    answer = quiz.riddle(shapes, asked)
    assert "may be shown" in answer["error"]
    assert re.search("[\u4e00-\u9fff]", answer["words"][LANGUAGES[1]])


@pytest.fixture(scope="module")
def page_models(weights_file, tmp_path_factory):
    """`tiny`, and a tiny model of `shapes`."""
    path = tmp_path_factory.mktemp("weights") / "tiny-shapes.safetensors"
    save_generator(tiny_generator(), path)
    return [weights_file, path]


def wilson(right: int, count: int) -> tuple[int, int]:
    """The bounds in per cent, as solutions of |share - p| = 1.96 sqrt(p (1 - p) / n)."""
    p = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    inside = p[(right / count - p).abs() <= 1.96 * (p * (1 - p) / count).sqrt()]
    return round(100 * inside.min().item()), round(100 * inside.max().item())


def test_a_visitor_answers_by_keyboard_and_is_told_how_sure_the_score_is(browser, page_url):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = open_page(context, page_url)
    pick_tab(page, "Learn")
    for words in (
        "wait for the trouble",
        "only that each",
        "drag the slider",
        "say of each clip",
    ):  # of each step
        page.get_by_role("button", name="Next", exact=True).click()
        page.get_by_text(words).wait_for()
    page.locator(f"{QUIZ} .vg-next").click()
    right = misled = 0
    for number in range(1, 7):
        page.wait_for_selector(f"{QUIZ}[data-clips='{number}']")
        says_real = number % 2 == 0
        page.wait_for_function("document.activeElement.className === 'vg-real'")
        if not says_real:
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"{QUIZ} .vg-verdict:has-text('.')")
        verdict = page.locator(f"{QUIZ} .vg-verdict").inner_text()
        real = "It is real" in verdict
        right += says_real == real
        misled += says_real and not real
        assert verdict.startswith("Right." if says_real == real else "Wrong.")
        page.wait_for_function("document.activeElement.className.includes('vg-next')")
        page.keyboard.press("Enter")  # the focus stands on the next clip
    low, high = wilson(right, 6)
    told = page.locator(f"{QUIZ} .vg-scores li").inner_text()
    assert f"tiny-shapes: {right} of 6 right" in told
    assert f"(95 % interval: {low} to {high} %)" in told
    if low < 50 < high:
        assert "cannot tell it from guessing" in told
    assert f"you took {misled} for real" in told or "Of " not in told
    page.locator("#language").get_by_text("中文").click()
    page.wait_for_selector(f"{QUIZ} .vg-scores >> text=段中答对")
    page.set_viewport_size({"width": 360, "height": 740})
    done = page.locator("#guide .step-button.completed")
    done.first.and_(page.locator("[aria-label=对局]")).wait_for()
    names = done.evaluate_all("steps => steps.map((step) => step.ariaLabel)")
    assert len(set(names)) == 4 and all(names), "on a phone steps that are done show but a tick"
    assert "button-name" not in serious(page)
    assert not page.broken
    context.close()
