import cv2
import numpy as np
import pytest
import skimage.data

from pix2pix_lib.detection import find_faces

ASTRONAUT = skimage.data.astronaut()


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_the_astronauts_face_is_found_at_any_size(scale):
    photo = cv2.resize(ASTRONAUT, None, fx=scale, fy=scale)
    faces = find_faces(photo)
    x, y, width = min(faces, key=lambda face: abs(face[0] / scale - 225))
    assert abs(x / scale - 225) < 25 and abs(y / scale - 120) < 30
    assert 85 < width / scale < 170


@pytest.mark.parametrize("shape", [(20, 20), (3, 500), (300, 400)])
def test_where_there_is_nobody_nobody_is_found(shape):
    assert find_faces(np.full((*shape, 3), 128, np.uint8)) == []
