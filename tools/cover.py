"""Dibuja la portada con las redes que vienen con el libro: `python tools/cover.py`."""

from pathlib import Path

from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import FACE_SIDE
from pix2pix_lib.teaching import figures

_, photos = split_by_photo(list_photos(default_faces()))
faces = load_faces(photos[:8], FACE_SIDE)
exam = wide_exam((str(index), face) for index, face in enumerate(faces))
network = load_pretrained()
restored = [restore_photo(network, case.painted, case.hole) for case in exam.cases]
picture = figures.grid(
    [*(case.painted for case in exam.cases), *restored, *faces],
    "Portada",
    columns=8,
    row_titles=["borrada", "restaurada", "original"],
)
(Path(__file__).parents[1] / "book/portada.png").write_bytes(picture.data)
