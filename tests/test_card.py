"""The model card that is published with a run."""

import json

import pytest

from tests.published import REPO, finished_run
from train.config import TrainConfig
from train.publish.command import pack
from train.runtime.checkpoint import save_checkpoint
from vidgen.store.terms import Terms, read_terms, terms_of_card


@pytest.fixture
def run(tmp_path):
    return finished_run(tmp_path / "run")


def card_of(run, **options) -> str:
    return pack(run, REPO, **options).files["README.md"].decode()


def test_the_card_says_what_the_run_knows(run):
    card = card_of(run, hardware="two CPU cores")
    assert card.startswith("---\nlicense: mit\nlibrary_name: vidgen\n")
    assert "python -m train --data shapes --out RUN" in card
    for fact in (
        "--gamma 10.0",
        "--batch 8",
        "--resolution 32",
        "--spectral-norm",
        "12,000",
        "0.31",
    ):
        assert fact in card, fact
    for fact in ("bend, wave, walk", "two CPU cores", '"half_life"', "(samples.jpg)"):
        assert fact in card, fact
    assert "Procedural" in card and "Not evaluated" in card
    assert "secret" not in card, "the folders of this machine are nobody's business"
    assert "--learning-rate" not in card, "only what differs from the defaults"


def test_the_card_of_unknown_data_carries_what_it_is_told(run):
    save_checkpoint(run, 12001, {"config": TrainConfig(data="my clips").to_json()})
    package = pack(run, REPO)
    assert "license: unknown" in package.files["README.md"].decode()
    assert "give --data-licence" in package.notes[0]
    card = card_of(run, licence="my own: terms", credit="Filmed by Ann.")
    assert 'license: other\nlicense_name: "my own: terms"' in card and "Filmed by Ann." in card
    assert "license: cc-by-sa-3.0\n" in card_of(run, licence="CC-BY-SA-3.0")


def test_the_scoreboard_stands_in_the_card(run):
    distance = {
        "name": "FD-clip",
        "generated": {"mean": 2.5, "spread": 0.70711, "seeds": [2.0, 3.0]},
        "real": {"mean": 1.25, "spread": None, "seeds": [1.25]},
        "aim": "<= 1.5 x floor",
        "met": False,
    }
    missing = {"name": "FVD", "missing": "no --i3d was given"}
    (run / "scores.json").write_text(json.dumps({"data": "shapes", "scores": [distance, missing]}))
    card = card_of(run)
    assert "| FD-clip | 2.5 ± 0.7071 | 1.25 | <= 1.5 x floor, missed |" in card
    assert "| FVD | not computed: no --i3d was given |" in card and "Not evaluated" not in card
    (run / "scores.json").write_text('{"ACD": {"value": 0.5, "floor": 0.4}, "speed": 7}')
    assert "| ACD | 0.5 | 0.4 |  |\n| speed | 7 |" in card_of(run)


def test_a_card_written_by_hand_is_used_as_it_is_and_its_pictures_come_along(run):
    (run / "look.png").write_bytes(b"picture")
    (run.parent / "secret.png").write_bytes(b"not of this run")
    text = "# mine\n![a](look.png) ![b](../secret.png) ![c](https://d.e/f.png)\n"
    (run / "README.md").write_text(text)
    package = pack(run, REPO)
    assert package.files["README.md"].decode() == text
    assert package.files["look.png"] == b"picture" and len(package.files) == 5
    assert len(package.notes) == 1 and "../secret.png" in package.notes[0]
    assert (run / "README.md").read_text() == text


def test_licence_and_attribution_go_into_the_card_and_the_header_of_the_weights(run, tmp_path):
    files = pack(run, REPO, licence="my own", credit='Filmed by "Ann".').files
    (tmp_path / "model.safetensors").write_bytes(files["model.safetensors"])
    assert read_terms(tmp_path / "model.safetensors") == Terms("my own", 'Filmed by "Ann".')
    assert terms_of_card(files["README.md"].decode()) == Terms("my own", 'Filmed by "Ann".')
