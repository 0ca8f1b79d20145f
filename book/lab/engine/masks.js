/**
 * Máscaras de 50x50: dónde caen (`samplePlacements`) y qué borran (`erase`).
 *
 * Es `pix2pix_lib/data/masks.py` en el navegador, y da lo mismo al bit: si cambias uno, cambia el
 * otro.
 *
 * @typedef {Map<string, Uint8Array>} Masks
 *   Nombre de cada máscara, por orden alfabético, y su dibujo: 50x50, por filas, 1 donde borra.
 *
 * @typedef {object} Placement Una máscara colocada sobre una imagen de cualquier tamaño.
 * @property {string} mask nombre de la máscara
 * @property {number} scale a escala 1 la máscara ocupa 50/256 del lado menor de la imagen
 * @property {number} x de 0 (pegada a la izquierda) a 1 (pegada a la derecha)
 * @property {number} y de 0 (arriba) a 1 (abajo)
 *
 * @typedef {object} EraseParams Cómo se borra al azar.
 * @property {number} maxMasks en cada imagen caen entre 1 y `maxMasks`, con la misma probabilidad
 * @property {readonly [number, number]} scale escala mínima y máxima
 *
 * @typedef {object} Picture Una imagen RGBA, por filas: vale un `ImageData`.
 * @property {Uint8ClampedArray} data
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Window Dónde cae una máscara.
 * @property {number} top
 * @property {number} left
 * @property {number} side
 * @property {Uint8Array} covered lado x lado, por filas, 1 donde borra
 *
 * @typedef {readonly [number, number, number]} Color rojo, verde y azul, de 0 a 255
 */

/** Lado de una máscara, en píxeles. */
export const MASK_SIDE = 50;

/** Lado de la imagen, en píxeles, para la que la escala 1 son 50 píxeles. */
export const REFERENCE_SIDE = 256;

export const MAX_SCALE = REFERENCE_SIDE / MASK_SIDE;

/** Parte de un píxel que el trazo ha de cubrir para borrarlo; el más cubierto se borra siempre. */
export const COVERAGE = 0.25;

/** @type {Color} */
export const BLACK = [0, 0, 0];

/** @type {Color} */
export const MAGENTA = [255, 0, 255];

/** @type {EraseParams} */
export const DEFAULT_PARAMS = { maxMasks: 2, scale: [1, 5] };

/** Bits de los pesos de Pillow, en coma fija: 32, menos 8 del píxel y 2 de margen. */
const PRECISION_BITS = 32 - 8 - 2;

/**
 * Elige al azar qué máscaras caen en una imagen, a qué escala y dónde.
 *
 * @param {import("../numeric/random.js").Generator} rng
 * @param {Masks} masks
 * @param {EraseParams} [params]
 * @returns {Placement[]} de 1 a `params.maxMasks`, que caben enteras en cualquier imagen
 */
export function samplePlacements(rng, masks, params = DEFAULT_PARAMS) {
  const names = [...masks.keys()];
  return Array.from({ length: rng.integers(1, params.maxMasks + 1) }, () => ({
    mask: names[rng.integers(names.length)],
    scale: rng.uniform(...params.scale),
    x: rng.uniform(),
    y: rng.uniform(),
  }));
}

/**
 * De qué píxeles sale cada uno al pasar de `from` a `to`, y con qué pesos, como en Pillow: el
 * filtro es un triángulo, que se ensancha al reducir.
 *
 * @param {number} from
 * @param {number} to
 * @returns {{ first: number, weights: Int32Array }[]}
 */
function bilinearWeights(from, to) {
  const step = from / to;
  const support = Math.max(step, 1);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * step;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const weights = Array.from({ length: end - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((j + first - center + 0.5) * (1 / support))),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      first,
      weights: Int32Array.from(weights, (weight) => (weight / total) * 2 ** PRECISION_BITS + 0.5),
    };
  });
}

/**
 * Cambia el largo de las filas de una imagen gris, y devuelve el resultado traspuesto.
 *
 * @param {Uint8Array} pixels
 * @param {number} from largo de una fila
 * @param {number} to
 * @returns {Uint8Array}
 */
function resizeRows(pixels, from, to) {
  const rows = pixels.length / from;
  const resized = new Uint8Array(to * rows);
  bilinearWeights(from, to).forEach(({ first, weights }, column) => {
    for (let row = 0; row < rows; row++) {
      let sum = 2 ** (PRECISION_BITS - 1);
      for (let j = 0; j < weights.length; j++) sum += pixels[row * from + first + j] * weights[j];
      resized[column * rows + row] = Math.min(255, sum >> PRECISION_BITS);
    }
  });
  return resized;
}

/**
 * `Image.resize((side, side), BILINEAR)` de Pillow para una imagen gris cuadrada.
 *
 * @param {Uint8Array} pixels
 * @param {number} side
 * @returns {Uint8Array}
 */
export function resize(pixels, side) {
  const from = Math.sqrt(pixels.length);
  // Primero a lo ancho y después a lo alto; las dos trasposiciones se deshacen.
  return resizeRows(resizeRows(pixels, from, side), from, side);
}

/**
 * Ventana de una imagen donde cae una máscara, y lo que borra en ella.
 *
 * @param {Placement} placement
 * @param {Masks} masks
 * @param {{ width: number, height: number }} shape
 * @returns {Window}
 */
export function window(placement, masks, shape) {
  const { mask, scale, x, y } = placement;
  const drawing = masks.get(mask);
  if (!drawing) throw new RangeError(`No hay ninguna máscara «${mask}».`);
  if (!(scale > 0 && scale <= MAX_SCALE && x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
    throw new RangeError(
      `La máscara «${mask}» se sale de la imagen: usa una escala mayor que 0 y de hasta ` +
        `${MAX_SCALE}, y x e y de 0 a 1.`,
    );
  }
  const smallest = Math.min(shape.width, shape.height);
  const side = Math.max(1, Math.trunc((MASK_SIDE * scale * smallest) / REFERENCE_SIDE + 0.5));
  const gray = resize(drawing.map((erases) => erases * 255), side);
  const maximum = gray.reduce((most, value) => Math.max(most, value), 0);
  const threshold = Math.min(255 * COVERAGE, maximum);
  return {
    top: Math.trunc(y * (shape.height - side) + 0.5),
    left: Math.trunc(x * (shape.width - side) + 0.5),
    side,
    covered: gray.map((value) => Number(value >= threshold)),
  };
}

/**
 * Borra de una imagen lo que tapan las máscaras; la imagen dada no cambia.
 *
 * @param {Picture} image
 * @param {readonly Placement[]} placements
 * @param {Masks} masks
 * @param {Color} [fill]
 * @returns {{ erased: Picture, hole: Uint8Array }} la imagen con el hueco del color `fill`, opaco,
 *   y el hueco: alto x ancho, por filas, 1 donde borra
 */
export function erase(image, placements, masks, fill = BLACK) {
  const { width, height } = image;
  const data = image.data.slice();
  const hole = new Uint8Array(width * height);
  for (const placement of placements) {
    const { top, left, side, covered } = window(placement, masks, image);
    for (let i = 0; i < covered.length; i++) {
      if (!covered[i]) continue;
      const pixel = (top + Math.floor(i / side)) * width + left + (i % side);
      hole[pixel] = 1;
      data.set(fill, 4 * pixel);
      data[4 * pixel + 3] = 255;
    }
  }
  return { erased: { data, width, height }, hole };
}
