/**
 * Dónde hay caras en una foto, y de qué tamaño son.
 *
 * Es `pix2pix_lib/detection.py` en el navegador, y ve las mismas caras: si cambias uno, cambia el
 * otro.
 *
 * @typedef {import("./masks.js").Picture} Picture
 *
 * @typedef {object} Face
 * @property {number} x del centro, en píxeles de la foto
 * @property {number} y
 * @property {number} width ancho de la cara
 */

import { detect } from "./cascade.js";
import { resizeArea } from "./resampling.js";

/** Lado mayor, en píxeles, al que se reduce la foto para buscar. */
const LOOK_SIDE = 400;

/** Lado de la menor cara que se busca, en partes del lado mayor de la foto. */
const SMALLEST = 1 / 16;

/** Lo que mide lo que marca el detector, de cejas a barbilla, en partes del ancho de la cara. */
const TIGHT = 0.72;

/** Lo que pesa cada color en la luminancia, en scikit-image. */
const [RED, GREEN, BLUE] = [0.2125, 0.7154, 0.0721];

/**
 * Redondea los empates al par, como Python y OpenCV.
 *
 * @param {number} value no negativo
 */
function roundToEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + Number(rest > 0.5 || (rest === 0.5 && floor % 2 === 1));
}

/**
 * La foto reducida.
 *
 * @param {Picture} photo
 * @param {number} scale
 * @returns {Picture}
 */
function shrink(photo, scale) {
  if (scale === 1) return photo;
  const width = roundToEven(photo.width * scale);
  const height = roundToEven(photo.height * scale);
  const shape = { width: photo.width, height: photo.height, channels: 4 };
  const step = 1 / scale;
  const small = resizeArea(photo.data, shape, width, height, { x: step, y: step });
  // OpenCV, si reduce justo a la mitad, redondea los empates hacia arriba.
  const round = step === 2 ? Math.round : roundToEven;
  return { data: new Uint8ClampedArray(small.map(round)), width, height };
}

/**
 * La imagen integral de la luminancia: lo que suma todo lo que queda arriba y a la izquierda.
 *
 * @param {Picture} picture
 * @returns {Float32Array} (alto + 1) x (ancho + 1)
 */
function integralImage({ data, width, height }) {
  const sums = new Float32Array((height + 1) * (width + 1));
  const columns = new Float64Array(width);
  for (let y = 0, i = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++, i += 4) {
      const [red, green, blue] = [data[i] / 255, data[i + 1] / 255, data[i + 2] / 255];
      columns[x] += RED * red + GREEN * green + BLUE * blue;
      sum += columns[x];
      sums[(y + 1) * (width + 1) + x + 1] = sum;
    }
  }
  return sums;
}

/**
 * Busca caras de frente, con la cascada de patrones locales que trae scikit-image.
 *
 * @param {Picture} photo
 * @param {import("./cascade.js").Cascade} cascade
 * @returns {Face[]} de cada 13 retratos se le escapa uno, y a veces ve caras donde no las hay
 */
export function findFaces(photo, cascade) {
  const scale = Math.min(1, LOOK_SIDE / Math.max(photo.width, photo.height));
  const small = shrink(photo, scale);
  const [shortest, longest] = [small.width, small.height].toSorted((a, b) => a - b);
  const smallest = Math.max(cascade.side, Math.trunc(SMALLEST * longest));
  if (shortest <= smallest) return [];
  return detect(cascade, integralImage(small), small, smallest, shortest).map((box) => ({
    x: (box.left + box.side / 2) / scale,
    y: (box.top + box.side / 2) / scale,
    width: box.side / scale / TIGHT,
  }));
}

/**
 * De las caras que se encontraron más de una vez, la mayor.
 *
 * @param {readonly Face[]} faces
 * @returns {Face[]}
 */
export function withoutRepeats(faces) {
  /** @type {Face[]} */
  const kept = [];
  for (const face of faces.toSorted((one, other) => other.width - one.width)) {
    const repeated = kept.some(
      ({ x, y, width }) => Math.max(Math.abs(face.x - x), Math.abs(face.y - y)) < width / 2,
    );
    if (!repeated) kept.push(face);
  }
  return kept;
}
