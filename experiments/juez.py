"""¿Se nota lo restaurado? Un juez por método: `python experiments/juez.py`.

El juez es una red pequeña que aprende a distinguir recortes restaurados de recortes intactos con
la mitad de los retratos de examen, y se le examina con la otra mitad, y al revés (Lopez-Paz y
Oquab, 2017). Si acierta la mitad de las veces, no ve la diferencia; si siempre, es obvia. Deja sus
aciertos en `pix2pix_lib/exam_results/juez.json`. Media hora en dos núcleos.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from tqdm import tqdm

from pix2pix_lib.exams import Case, paint_face
from pix2pix_lib.files import write_whole
from pix2pix_lib.masks import load_masks
from pix2pix_lib.results import JUDGE_FILE
from pix2pix_lib.sources import CC0, EXAM, portraits
from pix2pix_lib.strokes import LINE, SCRATCH, SPOT

STROKES = {SPOT: 8, SCRATCH: 4, LINE: 4}
SIDE, EPOCHS, SEEDS = 64, 30, (0, 1, 2)


def crop(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """El recorte de SIDE píxeles con el trozo de trazo de en medio en el centro."""
    rows, columns = np.nonzero(hole)
    middle = len(rows) // 2
    top, left = (
        min(max(value - SIDE // 2, 0), length - SIDE)
        for value, length in zip((rows[middle], columns[middle]), hole.shape, strict=True)
    )
    return image[top : top + SIDE, left : left + SIDE]


def judge() -> keras.Model:
    pixels = keras.Input((SIDE, SIDE, 3))
    x = pixels / 127.5 - 1
    # La textura fina, ampliada: sin esto tarda mucho en fijarse en ella.
    detail = 8 * (x - ops.average_pool(x, 3, strides=1, padding="same"))
    x = layers.Concatenate()([x, detail])
    for filters in (16, 32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.3)(layers.GlobalMaxPooling2D()(x))
    return keras.Model(pixels, layers.Dense(1, activation="sigmoid")(x))


def turned(crops: np.ndarray) -> np.ndarray:
    """Cada recorte y su reflejo."""
    return np.concatenate([crops, crops[:, :, ::-1]])


def right_answers(
    intact: np.ndarray, restored: np.ndarray, half: np.ndarray, seeds: Sequence[int] = SEEDS
) -> np.ndarray:
    """Aciertos, de 0 a 1, en cada recorte; `half` dice en qué mitad de las fotos está."""
    rights = np.zeros(len(intact))
    for seed in seeds:
        for side in (False, True):
            learn, ask = half == side, half != side
            keras.utils.set_random_seed(seed)
            model = judge()
            model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
            x = np.concatenate([turned(intact[learn]), turned(restored[learn])]).astype("float32")
            y = np.repeat([0.0, 1.0], len(x) // 2)
            model.fit(x, y, batch_size=64, epochs=EPOCHS, verbose=0)
            for crops, label in ((intact, 0), (restored, 1)):
                said = model.predict(crops[ask].astype("float32"), verbose=0)[:, 0] > 0.5
                rights[ask] += (said == label) / 2 / len(seeds)
    return rights


def main() -> None:
    from examen import methods

    masks = load_masks()
    cases = []
    for index, (name, photo, face) in enumerate(portraits(CC0, EXAM)):
        rng = np.random.default_rng([2, index])
        cases.append(Case(name, photo, paint_face(photo.shape[:2], face, masks, rng, STROKES)))
    photo_of = np.repeat(np.arange(len(cases)), [len(case.strokes) for case in cases])
    intact = np.stack([crop(case.photo, hole) for case in cases for _, hole in case.strokes])
    path = Path(JUDGE_FILE)
    record = json.loads(path.read_text()) if path.is_file() else {}
    for name, (method, version) in methods().items():
        if record.get(name, {}).get("version") == version:
            continue
        restored = np.stack(
            [
                crop(image, hole)
                for case in tqdm(cases, name, unit="foto", leave=False)
                for image in [method(case.painted, case.hole)]
                for _, hole in case.strokes
            ]
        )
        rights = right_answers(intact, restored, photo_of % 2 == 1)
        by_photo = [round(rights[photo_of == index].mean(), 4) for index in range(len(cases))]
        record[name] = {"version": version, "aciertos por foto": by_photo}
        write_whole(path, json.dumps(record, ensure_ascii=False).encode())
        print(f"{name}: acierta el {np.mean(by_photo):.1%}", flush=True)


if __name__ == "__main__":
    main()
