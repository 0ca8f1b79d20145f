"""Recetas: todo lo que decide el resultado de un entrenamiento, en cinco partes.

`data`, de qué se aprende; `generator` y `discriminator`, las dos redes; `loss`, qué se les pide; y
`training`, cómo se entrenan. Son solo datos: se leen y se escriben como JSON, y ni saben de Keras
ni de la máquina. Lo que no significa nada, como un ajuste que nadie va a mirar, se rechaza.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from typing import Any

from .checks import check_number
from .errors import UserError

REPORT_EVERY = 100
"""Pasos que promedia cada línea del historial."""

SAVE_EVERY = 500
"""Pasos entre guardados, si no se dicen otros."""


def choice(default: Any, *others: Any) -> Any:
    """Un ajuste que elige entre unos pocos valores; el primero es el de fábrica."""
    return field(default=default, metadata={"options": (default, *others)})


def number(default: Any, low: float, high: float = 1e9) -> Any:
    """Un ajuste entre dos números, ambos incluidos; entero si lo es el valor de fábrica.

    Si ese son varios, cada uno de ellos.
    """
    return field(default=default, metadata={"range": (low, high)})


class Settings:
    """Unos ajustes que comprueban sus valores al nacer. Lanza UserError si alguno no vale."""

    def __post_init__(self):
        for each in fields(self):
            _check(each, getattr(self, each.name))


def _check(each: Field, value: Any) -> None:
    """Lanza UserError si el valor de un ajuste no vale."""
    usual: Any = each.default
    options = each.metadata.get("options")
    if limits := each.metadata.get("range"):
        low, high = limits
        several = isinstance(usual, tuple)
        if several and not (isinstance(value, tuple) and len(value) == len(usual)):
            raise UserError(f"«{value!s:.40}» no vale para {each.name}: pon algo como {usual}.")
        for one in value if several else [value]:
            whole = type(usual[0] if several else usual) is int
            check_number(each.name, one, low, high, whole)
    elif options and value not in options:
        known = ", ".join(map(str, options))
        raise UserError(f"«{value!s:.40}» no vale para {each.name}: elige entre {known}.")
    elif type(usual) is bool and type(value) is not bool:
        raise UserError(f"«{value!s:.40}» no vale para {each.name}: pon true o false.")


MASK_SIDE = 50
"""Lado de una máscara, en píxeles."""

REFERENCE_SIDE = 256
"""Lado de la imagen, en píxeles, para la que la escala 1 son 50 píxeles."""

MAX_SCALE = REFERENCE_SIDE / MASK_SIDE

BLACK = (0, 0, 0)
MAGENTA = (255, 0, 255)


@dataclass(frozen=True)
class EraseParams(Settings):
    """Cómo se borra al azar.

    max_masks: en cada imagen caen entre 1 y `max_masks` máscaras, con la misma probabilidad.
    scale: escala mínima y máxima; a escala 1 la máscara ocupa 50/256 del lado de la imagen.
    fill: color RGB del hueco, de 0 a 255.
    strokes: parte de las imágenes que, en vez de máscaras, llevan trazos finos (véase `strokes`).
    guesses: parte de las imágenes cuyo hueco no está vacío: tiene ya un color aproximado.
    noise: si el hueco lleva ruido, un color al azar en cada píxel, en vez de `fill`.
    """

    max_masks: int = number(2, 1, 1000)
    scale: tuple[float, float] = number((1.0, 5.0), 1e-6, MAX_SCALE)
    fill: tuple[int, int, int] = number(BLACK, 0, 255)
    strokes: float = number(0.0, 0, 1)
    guesses: float = number(0.0, 0, 1)
    noise: bool = False

    def __post_init__(self):
        super().__post_init__()
        low, high = self.scale
        if low > high:
            raise UserError(f"La escala {low} a {high} no vale: pon primero la menor.")


@dataclass(frozen=True)
class Jitter(Settings):
    """Qué se cambia al azar en cada cara antes de borrarla, además de reflejar la mitad de ellas.

    Es el `random jitter` del artículo (Isola et al., 2017, sección 6.2), con tres añadidos.
    zoom: si la ventana mide entre `size` y el lado entero, y no siempre `size`.
    light: cuánto cambian la luz y el color, de 0 (nada) a 1; con 0.2, hasta un 20 %.
    wear: si la mitad de las imágenes se estropean como las fotos de verdad (`degradations`).
    """

    zoom: bool = False
    light: float = number(0.0, 0, 1)
    wear: bool = False


@dataclass(frozen=True)
class Data(Settings):
    """De qué se aprende.

    size: lado de la imagen que ve la red, en píxeles.
    load_size: lado al que se leen las caras, de las que se recortan ventanas (`jitter`).
    erase: cómo se borra. jitter: cómo se cambian antes las caras.
    features: parte de las imágenes que son caras enteras y derechas con un rasgo tapado; pide que
    las caras lo estén, con lo que las rodea (`features.cut_upright`, al doble de su lado).
    copies: cuántas parejas fijas se hacen de cada cara; con 0, una nueva cada vez.
    """

    size: int = number(256, 1, 2**12)
    load_size: int = number(286, 1, 2**13)
    erase: EraseParams = field(default_factory=EraseParams)
    jitter: Jitter = field(default_factory=Jitter)
    copies: int = number(0, 0)
    features: float = number(0.0, 0, 1)

    def __post_init__(self):
        super().__post_init__()
        if self.load_size < self.size:
            raise UserError(
                f"Las caras se leen a {self.load_size} píxeles y la red las quiere de {self.size}: "
                "sube load_size."
            )
        if self.jitter.zoom and self.load_size == self.size:
            raise UserError(
                "Con load_size igual a size no hay ventanas entre las que elegir: sube load_size o "
                "pon zoom=False."
            )


@dataclass(frozen=True)
class UNet(Settings):
    """La U-Net de `networks.unet_generator` (Isola et al., 2017, apéndice 6.1.1).

    filters: canales del primer nivel; se doblan en cada nivel hasta `8 * filters`.
    levels: cuántas veces baja a la mitad de lado, y sube.
    norm: «batch», «instance» o None; innermost_norm: si se normaliza también el nivel más hondo.
    dropout: probabilidad de apagar una neurona en los tres primeros niveles de subida.
    slope: pendiente de las LeakyReLU en los negativos.
    upsampling: «transpose» (convolución traspuesta) o «resize» (ampliar y convolucionar).
    skips: qué conexiones de salto se dejan: «all», «shallow» (la mitad de más lado), «deep» (la de
    menos) o «none».
    noise: si recibe el ruido z del artículo, en un canal más (véase `NoiseChannel`).
    first_fill: con qué se rellena el hueco antes de nada: None (se queda como está), «push_pull»
    (la media de lo que lo rodea, de lo grueso a lo fino) o «biharmonic» (véase `biharmonic_fill`).
    hole_channel: si recibe también el hueco, en un canal más.
    mirror: si recibe también todo lo anterior reflejado, en otros tantos canales: lo que un hueco
    tapa en una cara derecha está, muchas veces, al otro lado.
    input_skip: si los últimos pasos, a tamaño entero, vuelven a ver la entrada.
    residual: si aprende lo que hay que sumar a la entrada, y no la imagen entera.
    compose: si deja intacto lo que no es hueco.
    """

    filters: int = number(64, 1, 2**12)
    levels: int = number(8, 2, 12)
    norm: str | None = choice("batch", "instance", None)
    innermost_norm: bool = True
    dropout: float = number(0.5, 0, 0.99)
    slope: float = number(0.3, 0, 0.99)
    upsampling: str = choice("transpose", "resize")
    skips: str = choice("all", "shallow", "deep", "none")
    noise: bool = False
    first_fill: str | None = choice(None, "push_pull", "biharmonic")
    hole_channel: bool = False
    mirror: bool = False
    input_skip: bool = False
    residual: bool = False
    compose: bool = False
    architecture: str = field(default="unet", init=False)

    def __post_init__(self):
        super().__post_init__()
        if self.norm is None and self.innermost_norm:
            raise UserError(
                "Sin norm tampoco se normaliza el nivel más hondo: pon innermost_norm=False."
            )
        if self.levels < 3 and self.skips in ("shallow", "deep"):
            raise UserError(
                f"Una U-Net de {self.levels} niveles tiene un solo salto: deja todos (skips=«all») "
                "o ninguno («none»)."
            )


@dataclass(frozen=True)
class PartialUNet(Settings):
    """La U-Net con convoluciones parciales de `partial.partial_unet` (Liu et al., 2018).

    filters, levels, norm, slope: como en `UNet`.
    """

    filters: int = number(64, 1, 2**12)
    levels: int = number(8, 2, 12)
    norm: str | None = choice("batch", "instance", None)
    slope: float = number(0.2, 0, 0.99)
    architecture: str = field(default="partial", init=False)


GENERATORS = {kind().architecture: kind for kind in (UNet, PartialUNet)}
"""Los ajustes de cada generador, por el nombre de su arquitectura."""


@dataclass(frozen=True)
class PatchGAN(Settings):
    """El discriminador de `networks.patchgan_discriminator` (Isola et al., 2017, sección 3.2.2).

    filters: canales de la primera convolución; se doblan hasta `8 * filters`.
    layers: convoluciones de paso 2; de ellas depende el campo receptivo (1: 16, 2: 34, 3: 70,
    4: 142 píxeles). Con 0 todas son de 1x1: juzga cada píxel (PixelGAN).
    norm, slope: como en `UNet`.
    spectral_norm: si divide cada convolución por su norma espectral (Miyato et al., 2018).
    sees_hole: si recibe también el hueco.
    texture: por cuánto se amplía la textura fina de la candidata, que ve en tres canales más; con
    0 no la ve aparte.
    """

    filters: int = number(64, 1, 2**12)
    layers: int = number(3, 0, 6)
    norm: str | None = choice("batch", "instance", None)
    slope: float = number(0.3, 0, 0.99)
    spectral_norm: bool = False
    sees_hole: bool = False
    texture: float = number(0.0, 0, 100)


HOLE_DISTANCES = ("hole_l1", "log_l1")
"""Las distancias que no miran lo que no es hueco."""


@dataclass(frozen=True)
class Loss(Settings):
    """Qué se le pide a cada red (véase `gan.Pix2Pix`).

    distance: cómo se mide lo que va de lo pintado a lo original: «l1», la media del valor absoluto;
    «l2», la del cuadrado; «hole_l1», la media del valor absoluto en el hueco de cada imagen, sea
    grande o pequeño; «log_l1», la de su logaritmo.
    distance_weight: la lambda de la ecuación 4 del artículo.
    hole_weight: cuánto pesa en la distancia un píxel del hueco frente a uno conocido.
    adversarial: «logistic», la del artículo, o «hinge» (Lim y Ye, 2017).
    adversarial_weight: cuánto le pesa al generador lo que diga el discriminador.
    feature_weight: cuánto le pesa que, por dentro, el discriminador vea lo mismo en lo pintado que
    en lo original (`feature matching`; Salimans et al., 2016).
    r1: cuánto se castiga al discriminador que cambia de opinión cerca de lo auténtico (Mescheder et
    al., 2018).
    hole_patches: si solo cuentan los parches con algo de hueco: los demás son todos auténticos.
    """

    distance: str = choice("l1", "l2", "hole_l1", "log_l1")
    distance_weight: float = number(100.0, 0)
    hole_weight: float = number(1.0, 1e-6)
    adversarial: str = choice("logistic", "hinge")
    adversarial_weight: float = number(1.0, 1e-6)
    feature_weight: float = number(0.0, 0)
    r1: float = number(0.0, 0)
    hole_patches: bool = False

    def __post_init__(self):
        super().__post_init__()
        if self.distance in HOLE_DISTANCES and self.hole_weight != 1:
            raise UserError(f"«{self.distance}» solo mira el hueco: quita hole_weight.")
        if not self.distance_weight and (self.hole_weight != 1 or self.distance != "l1"):
            raise UserError(
                "Con distance_weight=0 la distancia no cuenta: quita distance y hole_weight."
            )


@dataclass(frozen=True)
class Training(Settings):
    """Cómo se entrena.

    batch_size, steps: imágenes por paso y pasos; `steps`, múltiplo de 100.
    learning_rate, cosine: tasa de aprendizaje de Adam y si baja hasta 0 con forma de coseno.
    disc_rate: la del discriminador, en veces la del generador (Heusel et al., 2017).
    head_start: pasos en los que solo aprende el discriminador, antes de que el generador lo oiga.
    ema: si no es 0, la red que se guarda es la media móvil de los pesos, y esto, lo que queda en
    ella de la de un paso al siguiente.
    precision: la de las convoluciones: «float32», «mixed_bfloat16» o «auto», la que más corra en
    tu máquina.
    seed: semilla de los pesos, de los huecos y del orden de las caras.
    """

    batch_size: int = number(1, 1, 2**16)
    steps: int = number(40_000, REPORT_EVERY)
    learning_rate: float = number(2e-4, 1e-12, 10)
    cosine: bool = False
    disc_rate: float = number(1.0, 1e-3, 1000)
    head_start: int = number(0, 0)
    ema: float = number(0.0, 0, 0.999999)
    precision: str = choice("float32", "mixed_bfloat16", "auto")
    seed: int = number(0, 0, 2**32 - 1)

    def __post_init__(self):
        super().__post_init__()
        if self.steps % REPORT_EVERY:
            raise UserError(f"Los pasos son {self.steps}: usa un múltiplo de {REPORT_EVERY}.")
        if self.head_start >= self.steps:
            raise UserError(
                f"Con {self.head_start} pasos de ventaja y {self.steps} en total el generador no "
                "aprendería nada: baja head_start."
            )


ADVERSARIAL = {
    "loss": ("adversarial", "adversarial_weight", "feature_weight", "r1", "hole_patches"),
    "training": ("disc_rate", "head_start"),
}
"""Los ajustes que solo significan algo si hay discriminador."""


@dataclass(frozen=True)
class Recipe:
    """Todo lo que decide el resultado de un entrenamiento; sin más, la del tutorial.

    discriminator: None entrena el generador solo.
    Lanza UserError si algún ajuste no vale, o si dos no casan.
    """

    data: Data = field(default_factory=Data)
    generator: UNet | PartialUNet = field(default_factory=UNet)
    discriminator: PatchGAN | None = field(default_factory=PatchGAN)
    loss: Loss = field(default_factory=Loss)
    training: Training = field(default_factory=Training)

    def __post_init__(self):
        check_levels(self.data.size, self.generator.levels)
        if isinstance(self.generator, PartialUNet) and self.data.erase.guesses:
            raise UserError("Las convoluciones parciales no miran dentro del hueco: quita guesses.")
        if self.discriminator is not None:
            check_patches(self.data.size, self.discriminator.layers)
            return
        if not self.loss.distance_weight:
            raise UserError("Sin discriminador y con distance_weight=0 no hay nada que aprender.")
        useless = [
            name
            for part, names in ADVERSARIAL.items()
            for each in fields(getattr(self, part))
            for name in names
            if each.name == name and getattr(getattr(self, part), name) != each.default
        ]
        if useless:
            raise UserError(f"Sin discriminador no cuenta {', '.join(useless)}: quítalo.")


def check_levels(size: int, levels: int) -> None:
    """Lanza UserError si un lado no se puede dividir tantas veces por 2."""
    if size % 2**levels:
        raise UserError(
            f"Una U-Net de {levels} niveles divide el lado {levels} veces por 2 y {size} no se "
            f"deja: usa un múltiplo de {2**levels} o menos niveles."
        )


def check_patches(size: int, layers: int) -> None:
    """Lanza UserError si a una PatchGAN no le sale ninguna nota de una imagen de ese lado."""
    if layers and -(-size // 2**layers) < 3:
        raise UserError(
            f"Una imagen de {size} píxeles es pequeña para un discriminador con {layers} "
            "convoluciones de paso 2: usa menos (layers)."
        )


def vary(recipe: Any, settings: Mapping[str, Any]) -> Any:
    """Una receta, o una de sus partes, con otros ajustes, como los da un archivo JSON o TOML.

    Por ejemplo, `vary(RAPIDA, {"discriminator": None, "training": {"steps": 100}})`. En TOML no hay
    null: donde un ajuste admite None vale decir «none». Si cambia la arquitectura del generador
    (`architecture`), se conservan los ajustes que las dos comparten.
    Lanza UserError si hay alguno que no existe o que no vale.
    """
    if not isinstance(settings, Mapping):
        raise UserError(f"«{settings}» no es una receta: tiene que ser un objeto JSON.")
    settings = dict(settings)
    if architecture := getattr(recipe, "architecture", None):
        recipe = _as_architecture(recipe, settings.pop("architecture", architecture))
    known = {each.name: each for each in fields(recipe)}
    if strange := sorted(settings.keys() - known):
        raise UserError(
            f"No hay ningún ajuste que se llame {', '.join(strange)}: corrige el nombre o quítalo "
            "de la receta."
        )
    return replace(
        recipe, **{name: _read(recipe, known[name], value) for name, value in settings.items()}
    )


def _as_architecture(generator: Any, name: Any) -> Any:
    if not isinstance(name, str) or name not in GENERATORS:
        raise UserError(f"«{name}» no vale para architecture: elige entre {', '.join(GENERATORS)}.")
    kind = GENERATORS[name]
    if isinstance(generator, kind):
        return generator
    shared = {each.name for each in fields(kind) if each.init and hasattr(generator, each.name)}
    return kind(**{each: getattr(generator, each) for each in shared})


def _read(owner: Any, each: Field, value: Any) -> Any:
    """El valor de un ajuste, leído de un archivo."""
    usual = getattr(owner, each.name)
    optional = None in each.metadata.get("options", ()) or each.name == "discriminator"
    if optional and value in (None, "none"):
        return None
    if each.name == "discriminator" and usual is None:
        usual = PatchGAN()
    if is_dataclass(usual):
        return vary(usual, value)
    return tuple(value) if isinstance(value, list) else value


ORIGINAL = Recipe()
"""La del tutorial de TensorFlow, con el borrado en negro con el que empezó todo."""

CORRECTS: dict[str, Any] = {
    "first_fill": "biharmonic",
    "hole_channel": True,
    "input_skip": True,
    "residual": True,
    "compose": True,
}
"""Las piezas de una U-Net que corrige un relleno y deja intacto lo que no es hueco."""

REPAINTS = {name: getattr(ORIGINAL.generator, name) for name in CORRECTS}
"""Sin ellas, repinta la cara entera, como la del tutorial."""

MEJORADA = Recipe(
    Data(load_size=448, erase=EraseParams(fill=MAGENTA), jitter=Jitter(zoom=True, light=0.3)),
    UNet(
        filters=32,
        levels=6,
        norm="instance",
        innermost_norm=False,
        dropout=0.0,
        slope=0.2,
        upsampling="resize",
        **CORRECTS,
    ),
    PatchGAN(filters=32, norm="instance", slope=0.2),
    Loss(hole_weight=8.0),
    Training(batch_size=8, steps=20_000, learning_rate=1e-3, cosine=True, precision="auto"),
)
"""Aprende solo lo que falta: parte de un relleno suave y corrige el hueco."""

RAPIDA = vary(
    MEJORADA,
    {
        "data": {"size": 64, "load_size": 72, "jitter": {"zoom": False, "light": 0.0}},
        "generator": {"filters": 16, "levels": 4},
        "discriminator": {"filters": 16, "layers": 2},
        "training": {"steps": 1600, "precision": "float32"},
    },
)
"""La mejorada en pequeño, a 64 píxeles: unos minutos en un portátil sin GPU."""

REPINTA = vary(RAPIDA, {"generator": REPAINTS})
"""La rápida, pero repintando la cara entera, como la del tutorial: no recibe el hueco."""

MINIATURA = vary(
    REPINTA,
    {
        "data": {"size": 32, "load_size": 36},
        "generator": {"filters": 8, "levels": 3},
        "discriminator": None,
        "training": {"steps": 200},
    },
)
"""La que repinta, diminuta y sin discriminador: unos segundos, para ver hacia dónde va algo."""

RECIPES = {
    "original": ORIGINAL,
    "mejorada": MEJORADA,
    "rapida": RAPIDA,
    "repinta": REPINTA,
    "miniatura": MINIATURA,
}
"""Las recetas del libro, por su nombre en `pix2pix entrenar --receta`."""
