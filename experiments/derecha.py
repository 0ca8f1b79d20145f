"""Entrena la red que ve caras derechas: `python -m experiments derecha SALIDA`.

Aprende de los retratos CC0 y los del Congreso que no son de examen ni de elegir, girados y
escalados para que los ojos caigan siempre en el mismo sitio (`features.cut_upright`). En las
primeras fases, la mitad de las imágenes son ventanas, de un cuarto de cara al busto, con marcas
pequeñas; la otra mitad, caras enteras con un rasgo tapado. Cada fase parte de la anterior y dura
dos horas como mucho; si se para, la misma orden sigue. En SALIDA/FASE/curva.json queda, cada mil
pasos, lo que saca con los retratos de elegir: el PSNR y el gradiente de las marcas y de los rasgos.
Al acabar, la red queda en la biblioteca.
"""

import json
from pathlib import Path

import cv2
import keras
import numpy as np
from tqdm import tqdm

from pix2pix_lib.data.features import cut_upright
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import HOLE, to_uint8, training_batch
from pix2pix_lib.evaluation.metrics import score_hole
from pix2pix_lib.files import whole, write_whole
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import MAGENTA, MEJORADA, Recipe, vary
from pix2pix_lib.restoration.faces import largest_face
from pix2pix_lib.restoration.pretrained import UPRIGHT_WEIGHTS
from pix2pix_lib.sources.sets import CC0, CHOOSE, CONGRESS, LEARN, portraits
from pix2pix_lib.training.callbacks import averaged
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import DISCRIMINATOR_FILE, WEIGHTS_FILE, load_run

from .pesos import publish

SIDE = 1024
"""Lado al que se guardan las caras derechas, con lo que las rodea: el doble que la cara."""

FAR = vary(
    MEJORADA,
    {
        "data": {
            "size": 128,
            "load_size": SIDE,
            "features": 0.5,
            "erase": {"max_masks": 3, "fill": list(MAGENTA), "strokes": 0.7, "guesses": 0.15},
            "jitter": {"zoom": True, "light": 0.3, "wear": True},
        },
        "discriminator": None,
        "training": {"batch_size": 16, "steps": 8000, "learning_rate": 5e-4, "cosine": False},
    },
)
"""La pérdida es la L1 de `MEJORADA`. Con su logaritmo y desde cero no se aprende: los huecos
fáciles empujan más que los otros, cada uno hacia un lado, y tras 128000 imágenes la red seguía en
el relleno (19.95 dB en los rasgos de los retratos de elegir; el relleno, 19.91)."""

EVEN = vary(
    FAR,
    {"loss": {"distance": "hole_l1", "hole_weight": 1.0}, "training": {"ema": 0.999}},
)
"""Cada imagen cuenta igual, sea como sea su hueco. Con la L1 de todos los píxeles mandan los huecos
anchos: tras 96000 imágenes las marcas pequeñas seguían por debajo del relleno."""

ALIVE = vary(
    EVEN,
    {
        "discriminator": {
            **{"filters": 32, "layers": 3, "norm": None, "slope": 0.2},
            **{"sees_hole": True, "texture": 6.0},
        },
        "loss": {
            **{"adversarial_weight": 3.5, "feature_weight": 45.0, "r1": 1.0, "hole_patches": True},
        },
        "training": {"steps": 3000, "learning_rate": 2e-4, "disc_rate": 2.0, "head_start": 500},
    },
)
"""Con el adversario, que despierta antes de que el generador lo oiga."""

FACES = vary(
    ALIVE,
    {
        "data": {"features": 1.0, "erase": {"guesses": 0.0}},
        "training": {"steps": 3500, "head_start": 0},
    },
)
"""Solo caras derechas con un rasgo tapado: las marcas pequeñas son de la otra red, que las ve a 256
píxeles."""

MIRRORED = vary(FACES, {"generator": {"mirror": True}, "training": {"steps": 2000}})
"""La red ve también la cara reflejada, para que un ojo se dibuje mirando el otro."""

PHASES: dict[str, Recipe] = {
    "lejos_1": FAR,
    "lejos_2": vary(EVEN, {"training": {"steps": 4000, "seed": 1}}),
    "viva_1": vary(ALIVE, {"training": {"seed": 2}}),
    "derecha_1": vary(FACES, {"training": {"seed": 3}}),
    "espejo_1": vary(MIRRORED, {"training": {"seed": 4}}),
}
"""Receta de cada fase. A 128 píxeles una imagen cuesta la cuarta parte que a 256."""

EXACT = "lejos_2"
"""La última fase sin adversario."""

WATCH_EVERY, WATCHED = 1000, 128

CURVE = "curva.json"


def upright_faces(side: str, folder: Path) -> np.ndarray:
    """Las caras derechas de los retratos de un lado: uint8 (n, SIDE, SIDE, 3), en el disco."""
    path = folder / f"caras_{side}.npy"
    if not path.is_file():
        cut = []
        for name in (CC0, CONGRESS):
            for _, photo, _ in tqdm(portraits(name, side), f"{name}, {side}", unit="retrato"):
                face = largest_face(photo)
                cut.append(cut_upright(photo, face.points, SIDE, span=2))
        with whole(path) as partial, partial.open("wb") as file:
            np.save(file, np.stack(cut))
    return np.load(path, mmap_mode="r")


def shown_faces(faces: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Las seis primeras, sin lo que las rodea, para la tira: uint8 (6, lado, lado, 3)."""
    middle, sides = slice(SIDE // 4, -SIDE // 4), (recipe.data.size,) * 2
    return np.stack(
        [cv2.resize(cut[middle, middle], sides, interpolation=cv2.INTER_AREA) for cut in faces[:6]]
    )


class Watch(keras.callbacks.Callback):
    """Apunta en un archivo, cada mil pasos, lo que saca la red con los retratos de elegir."""

    def __init__(self, path: Path, recipe: Recipe, faces: np.ndarray):
        super().__init__()
        self.path, self.pairs = path, {}
        for name, share in (("marcas", 0.0), ("rasgos", 1.0)):
            asked = vary(
                recipe,
                {
                    "data": {"features": share, "erase": {"guesses": 0.0}},
                    "training": {"batch_size": WATCHED, "seed": 99},
                },
            )
            self.pairs[name] = training_batch(asked, faces, load_masks(), 0)

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        if step % WATCH_EVERY == 0:
            self.write(step)

    def write(self, step: int) -> None:
        rows = json.loads(self.path.read_text()) if self.path.is_file() else {}
        rows[str(step)] = {}
        for name, (x, y) in self.pairs.items():
            with averaged(self.model):
                restored = self.model.restore(x)
            marks = [
                score_hole(*each)
                for each in zip(restored, to_uint8(y), x[..., HOLE][..., 0] > 0, strict=True)
            ]
            rows[str(step)][name] = {
                "psnr": round(float(np.mean([mark["psnr"] for mark in marks])), 3),
                "gradiente": round(float(np.median([mark["gradiente"] for mark in marks])), 3),
            }
        write_whole(self.path, json.dumps(rows, indent=1).encode())


def widened(folder: Path, recipe: Recipe) -> Path:
    """Las redes de un entrenamiento con sitio para todo lo que ve `recipe`: lo nuevo nace a cero.

    Devuelve la carpeta, dentro de la otra, en la que quedan.
    """
    old, new = load_run(folder).model, build(recipe)
    output = folder / "ampliada"
    output.mkdir(exist_ok=True)
    for narrow, wide, name in [
        (old.generator, new.generator, WEIGHTS_FILE),
        (old.discriminator, new.discriminator, DISCRIMINATOR_FILE),
    ]:
        room = [np.zeros(weights.shape, weights.dtype) for weights in wide.get_weights()]
        for weights, place in zip(narrow.get_weights(), room, strict=True):
            place[tuple(map(slice, weights.shape))] = weights
        wide.set_weights(room)
        wide.save_weights(output / name)
    return output


def main(output: str) -> None:
    folder = Path(output)
    learned, asked = (upright_faces(side, folder) for side in (LEARN, CHOOSE))
    initial = None
    for name, recipe in PHASES.items():
        if initial and recipe.generator != PHASES[initial.name].generator:
            initial = widened(initial, recipe)
        watch = Watch(folder / name / CURVE, recipe, asked)
        run = train(
            recipe,
            learned,
            shown_faces(asked, recipe),
            folder / name,
            initial=initial,
            save_every=250,
            callbacks=[watch],
        )
        if run.steps < recipe.training.steps:
            return
        initial = folder / name
    curves = {name: json.loads((folder / name / CURVE).read_text()) for name in PHASES}
    publish(initial, PHASES, UPRIGHT_WEIGHTS, curvas=curves)
