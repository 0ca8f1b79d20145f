"""Los jueces: lo publicado, lo que se les enseña y lo que contestan."""

import hashlib
import json

import numpy as np
import pytest

from pix2pix_lib.data.degradations import soften
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation import judge, results
from pix2pix_lib.evaluation.exams import Case
from pix2pix_lib.evaluation.judge import FILE, RECORD, SIDE, crop, load_judges, looks
from pix2pix_lib.evaluation.results import CONTROLS, JUDGED, NETWORK, load_verdicts
from pix2pix_lib.evaluation.statistics import bootstrap_interval
from pix2pix_lib.restoration.pretrained import networks_digest


@pytest.fixture(scope="module")
def judges():
    return load_judges()


def hidden(faces: np.ndarray, rows: slice, columns: slice) -> list[Case]:
    hole = np.zeros(faces.shape[1:3], bool)
    hole[rows, columns] = True
    return [Case(str(index), face, [("hueco", hole)]) for index, face in enumerate(faces)]


def blurry(case: Case, sigma: float) -> np.ndarray:
    return np.where(case.hole[..., None], soften(case.photo, sigma), case.photo)


def test_the_judges_are_the_published_ones_and_fit_in_the_package():
    content = FILE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == json.loads(RECORD.read_text())["sha256"]
    assert len(content) < 1.5e6


@pytest.mark.parametrize("content", [b"", b"otra cosa"])
def test_a_damaged_file_gets_one_sentence(content, tmp_path, monkeypatch):
    (tmp_path / "judge.onnx").write_bytes(content)
    monkeypatch.setattr(judge, "FILE", tmp_path / "judge.onnx")
    with pytest.raises(UserError, match="vuelve a instalar"):
        load_judges.__wrapped__()


def test_a_small_hole_is_seen_from_near_and_a_wide_one_also_whole():
    hole = np.zeros((200, 300), bool)
    hole[90:100, 140:150] = True
    ((rows, columns),) = looks(hole)
    assert rows.stop - rows.start == columns.stop - columns.start == SIDE
    assert hole[rows, columns].sum() == hole.sum()
    hole[40:160, 100:110] = True
    near, far = looks(hole)
    assert hole[far].sum() == hole.sum() > hole[near].sum()
    assert crop(np.zeros((200, 300, 3), np.uint8), far).shape == (SIDE, SIDE, 3)
    with pytest.raises(UserError, match="al menos un píxel"):
        looks(np.zeros((20, 20), bool))


def test_the_sides_do_not_matter_and_a_copy_is_a_tie(judges, default_faces):
    crops = default_faces[:, 96:160, 96:160]
    smooth = np.stack([soften(each, 2) for each in crops])
    holes = np.ones(crops.shape[:3], bool)
    there, back = judges.prefer(crops, smooth, holes), judges.prefer(smooth, crops, holes)
    assert there.shape == (5, len(crops))
    assert np.array_equal(there, -back) and np.abs(there).min() > 0
    assert not judges.prefer(crops, crops, holes).any()


def test_they_tell_a_blurry_hole_from_a_real_one(judges, default_faces):
    cases = hidden(default_faces, slice(100, 130), slice(80, 120))
    rights = judges.right_answers((blurry(case, 3) for case in cases), cases)
    assert rights.shape == (5, len(cases)) and rights.mean() > 0.9
    same = judges.right_answers((case.photo for case in cases), cases)
    assert (same == 0.5).all()


def test_they_look_at_images_smaller_than_their_window(judges, faces):
    cases = hidden(faces, slice(10, 30), slice(10, 30))
    rights = judges.right_answers([case.painted for case in cases], cases)
    assert rights.shape == (5, len(faces)) and rights.mean() > 0.9


def test_what_is_recorded_is_said_by_the_published_judges_of_the_published_network():
    record = json.loads(results.JUDGE_FILE.read_text())
    assert record["version"] == json.loads(RECORD.read_text())["sha256"]
    assert record["red"] == networks_digest()
    assert all(load_verdicts(name).rights.keys() == record["antes"].keys() for name in JUDGED)


def test_the_judges_pass_their_controls():
    controls = load_verdicts(CONTROLS)
    ladder = [
        rights.mean() for name, rights in controls.rights.items() if name.startswith("borrosa")
    ]
    assert len(ladder) == 7 and ladder == sorted(ladder)
    low, high = bootstrap_interval(controls.by_photo("JPEG 90"))
    assert low < 0.5 < high
    wide = load_verdicts("huecos anchos")
    assert wide.rights["biarmónica"].mean() > 0.9


def test_verdicts_are_averaged_by_photo_and_compared_between_judges():
    rights = np.array([[1, 0, 1, 1], [1, 1, 1, 0.5]])
    verdicts = results.Verdicts(np.array([0, 0, 1, 1]), np.array(["raya"] * 4), {NETWORK: rights})
    assert verdicts.by_photo(NETWORK).tolist() == [[0.5, 1], [1, 0.75]]
    assert verdicts.agreement() == (0.5, 0.75 * 0.75)
