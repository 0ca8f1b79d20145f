"""El juego de las parejas, en un cuaderno."""

import io
import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data.features import RADII
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation.results import judge_scores
from pix2pix_lib.teaching import guess_which, live
from pix2pix_lib.teaching.guess_which import (
    PAIRS,
    PICTURES,
    ROUNDS,
    GuessWhich,
    all_pairs,
    draw_game,
)


@pytest.fixture
def game():
    return GuessWhich(seed=0)


def shown(game: GuessWhich) -> tuple[np.ndarray, np.ndarray]:
    """Los dos recortes que se ven, a su tamaño."""
    picture = Image.open(io.BytesIO(game.pictures.value))
    pixels = np.asarray(picture.resize((picture.width // 2, picture.height // 2)))
    side = len(pixels)
    return pixels[:, :side], pixels[:, -side:]


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_there_are_pairs_of_every_method_and_of_every_hole():
    pairs = all_pairs()
    assert {pair.method for pair in pairs} == set(judge_scores())
    assert {pair.hole for pair in pairs} > set(RADII)
    for pair in pairs:
        assert pair.original.shape == pair.restored.shape and 0 <= pair.judges <= 1
        assert not np.array_equal(pair.original, pair.restored)


def test_both_crops_are_of_the_same_place_and_they_travel_light():
    for pair in all_pairs():
        edge = np.ones(pair.original.shape[:2], bool)
        edge[3:-3, 3:-3] = False
        assert distance(pair.original[edge], pair.restored[edge]) < 6
    assert PICTURES.stat().st_size + PAIRS.stat().st_size < 400_000


def test_a_game_has_twenty_pairs_none_twice_and_all_the_methods():
    for seed in range(5):
        game = draw_game(np.random.default_rng(seed))
        assert len({id(pair) for pair, _ in game}) == len(game) == ROUNDS
        counts = Counter(pair.method for pair, _ in game)
        assert counts.keys() == set(judge_scores())
        assert max(counts.values()) - min(counts.values()) <= 1
        assert 0 < sum(side for _, side in game) < ROUNDS


def test_the_original_is_where_the_game_says(game):
    for pair, truth in game.game:
        crops = shown(game)
        assert distance(crops[truth], pair.original) < distance(crops[truth], pair.restored)
        game.answer(0)


def test_the_score_counts_what_was_guessed_beside_the_judges(game):
    answers = [truth if turn % 4 else 1 - truth for turn, (_, truth) in enumerate(game.game)]
    for side in answers:
        game.buttons[side].click()
    assert all(button.disabled for button in game.buttons)
    game.buttons[0].click()
    rows = game.scores().values()
    assert sum(count for count, _, _ in rows) == ROUNDS
    assert sum(mine for _, mine, _ in rows) == 15
    judges = sum(pair.judges for pair, _ in game.game)
    assert sum(theirs for _, _, theirs in rows) == pytest.approx(judges)
    assert "Has acertado 15 de 20 (75\u202f%)" in game.says.value
    assert all(method in game.says.value for method in judge_scores())


def test_where_there_is_no_kernel_the_page_shows_the_first_pair(game, monkeypatch):
    displayed = []
    monkeypatch.setattr(
        live, "display", lambda data, metadata, raw: displayed.append((data, metadata))
    )
    game._ipython_display_()
    ((data, metadata),) = displayed
    assert data["image/png"] and metadata["image/png"]["alt"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == game.model_id


@pytest.mark.parametrize("content", [None, "{", "{}", json.dumps({"parejas": [{}] * 7})])
def test_damaged_pairs_get_one_sentence(content, tmp_path, monkeypatch):
    path = tmp_path / "guess_which.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(guess_which, "PAIRS", path)
    with pytest.raises(UserError, match="vuelve a instalar"):
        all_pairs.__wrapped__()
