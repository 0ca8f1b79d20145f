import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image
from places import CC0_PHOTOS

from pix2pix_lib.errors import UserError
from pix2pix_lib.restoration.faces import LICENCE, LOOKS, _detector, find_faces
from pix2pix_lib.sources.sets import CC0, portrait_photos

ASTRONAUT = skimage.data.astronaut()


@pytest.mark.parametrize("scale", [0.15, 0.5, 1, 3])
def test_the_astronauts_face_is_found_at_any_size(scale):
    photo = cv2.resize(ASTRONAUT, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (face,) = find_faces(photo)
    assert abs(face.x / scale - 225) < 12 and abs(face.y / scale - 112) < 15
    assert 115 < face.width / scale < 150
    assert 0.5 < face.score < 1


def test_the_points_are_where_they_are_named():
    (face,) = find_faces(ASTRONAUT)
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.points
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]
    np.testing.assert_allclose([right_eye, left_eye], [(204, 108), (246, 106)], atol=8)
    assert face.points.shape == (6, 2) and abs(face.points - (face.x, face.y)).max() < face.width


def test_of_what_is_seen_twice_the_surer_counts_more(monkeypatch):
    def look(photo, side):
        apart = 0.0 if side == LOOKS[0] else 8.0
        box = np.full((1, 8, 2), 100 + apart)
        box[:, 1] = 40
        return box, np.array([0.9 if apart else 0.6])

    monkeypatch.setattr("pix2pix_lib.restoration.faces._look", look)
    (face,) = find_faces(ASTRONAUT)
    assert face.score == 0.9
    np.testing.assert_allclose([face.x, *face.points[0]], 100 + 8 * 0.9 / 1.5)


def test_moving_the_photo_moves_the_face():
    (face,) = find_faces(ASTRONAUT)
    (moved,) = find_faces(np.ascontiguousarray(ASTRONAUT[:, ::-1]))
    assert abs(511 - moved.x - face.x) < 0.05 * face.width
    assert abs(moved.width / face.width - 1) < 0.05


def test_small_faces_are_found_beside_a_large_one():
    photo = cv2.resize(ASTRONAUT[:384, 32:416], (1000, 1000), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(ASTRONAUT[:256, 96:352], (150, 150), interpolation=cv2.INTER_AREA)
    places = [(20, 30), (830, 30), (20, 830)]
    for left, top in places:
        photo[top : top + 150, left : left + 150] = small
    faces = find_faces(photo)
    assert len(faces) == 4
    assert faces == sorted(faces, key=lambda face: -face.score)
    for left, top in places:
        (face,) = (f for f in faces if abs(f.x - left - 75) < 15 and abs(f.y - top - 65) < 15)
        assert 70 < face.width < 95


@pytest.mark.skipif(not CC0_PHOTOS.is_dir(), reason="pide shared/retratos_cc0")
def test_the_face_of_a_portrait_is_the_box_that_was_drawn():
    for photo in portrait_photos(CC0)[::20]:
        image = np.asarray(
            Image.open(CC0_PHOTOS / "/".join(photo.url.split("/")[-3:])).convert("RGB")
        )
        height, width = image.shape[:2]
        (box,) = photo.boxes
        face = find_faces(image)[0]
        drawn = (box.right - box.left) * width
        assert abs(face.x - (box.left + box.right) / 2 * width) < drawn / 5
        assert abs(face.y - (box.top + box.bottom) / 2 * height) < drawn / 5
        assert 0.75 < face.width / drawn < 1.1


@pytest.mark.parametrize(
    "photo",
    [
        ASTRONAUT[:100],
        ASTRONAUT[:, :225],
        np.rot90(ASTRONAUT),
        ASTRONAUT[::-1, ::-1],
        ASTRONAUT[:, :, :1].repeat(3, 2),
        ASTRONAUT // 8,
    ],
    ids=["sin boca", "media cara", "girada", "del revés", "en gris", "oscura"],
)
def test_a_face_that_is_hard_to_see_is_one_face_or_none(photo):
    assert len(find_faces(photo)) <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (20, 20), (300, 400), (2000, 500)])
@pytest.mark.parametrize("noisy", [False, True])
def test_where_there_is_nobody_nobody_is_found(shape, noisy):
    photo = np.full((*shape, 3), 128, np.uint8)
    if noisy:
        photo = np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8)
    assert find_faces(photo) == []


@pytest.mark.parametrize("content", [None, b"", b"otra cosa"])
def test_a_lost_network_gets_one_sentence(tmp_path, monkeypatch, content):
    path = tmp_path / "blazeface.onnx"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("pix2pix_lib.restoration.faces.WEIGHTS", path)
    _detector.cache_clear()
    with pytest.raises(UserError, match="blazeface.onnx.*vuelve a instalar"):
        find_faces(ASTRONAUT)
    _detector.cache_clear()


def test_its_licence_goes_with_it():
    text = LICENCE.read_text(encoding="utf-8")
    assert "Apache License" in text and "MediaPipe" in text and "Cambios" in text
