/**
 * La ventana girada: la cara derecha, entera y siempre del mismo tamaño, como la vio la red.
 *
 * Es `pix2pix_lib/restoration/turned.py` en el navegador: si cambias uno, cambia el otro.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./masks.js").Color} Color
 * @typedef {import("./levels.js").Shape} Shape
 * @typedef {[number, number, number, number, number, number]} Matrix Por filas: (2, 3).
 */

import { TO_FLOAT, view } from "./windows.js";

/** Dónde caen los ojos en una cara derecha, en partes de su lado, y lo que distan. */
const [EYES, APART] = [[0.5, 0.42], 0.3];

/** Si los ojos distan menos que esto de lo que va de ellos a la boca, la cara está de lado. */
const TURNED = 0.8;

/** La elipse de los rasgos en una cara derecha, en partes de su lado: fuera hay pelo y fondo. */
const [CENTER, RADII] = [[0.5, 0.56], [0.32, 0.34]];

/** Se dibuja lo que está a más de 1/RIM del lado de la cara derecha de todo lo conocido. */
const RIM = 32;

/**
 * La matriz que lleva de los píxeles de una foto a los de su cara derecha.
 *
 * @param {readonly number[]} points los de `Face`
 * @param {number} side de la cara derecha
 * @returns {Matrix}
 */
function upright([rightX, rightY, leftX, leftY, , , mouthX, mouthY], side) {
  const [x, y] = [(rightX + leftX) / 2, (rightY + leftY) / 2];
  const apart = Math.hypot(leftX - rightX, leftY - rightY);
  const scale = (APART * side) / Math.max(apart, TURNED * Math.hypot(mouthX - x, mouthY - y));
  const cosine = (scale * (leftX - rightX)) / Math.max(apart, 1e-6);
  const sine = (scale * (leftY - rightY)) / Math.max(apart, 1e-6);
  const across = EYES[0] * side - cosine * x - sine * y;
  const down = EYES[1] * side + sine * x - cosine * y;
  return [cosine, sine, across, -sine, cosine, down];
}

/** @param {Matrix} matrix @returns {Matrix} la que deshace un giro con su escala */
export function inverse([a, b, across, c, d, down]) {
  const size = a * d - b * c;
  const [e, f, g, h] = [d / size, -b / size, -c / size, a / size];
  return [e, f, -e * across - f * down, g, h, -g * across - h * down];
}

/**
 * Los valores de una imagen entre sus píxeles; más allá del borde, los del borde.
 *
 * @param {Float32Array | Uint8ClampedArray} image por filas
 * @param {number} size
 * @param {number} channels
 * @param {number} column
 * @param {number} row
 * @returns {number[]}
 */
function bilinear(image, size, channels, column, row) {
  const x = Math.min(Math.max(column, 0), size - 1);
  const y = Math.min(Math.max(row, 0), size - 1);
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = channels * Math.min(1, size - 1 - left);
  const down = channels * size * Math.min(1, size - 1 - top);
  const values = [];
  // Con un bucle, y no con `map`, que aquí tarda varias veces más.
  for (let c = 0; c < channels; c++) {
    const at = channels * (top * size + left) + c;
    const above = image[at] * (1 - (x - left)) + image[at + right] * (x - left);
    const below = image[at + down] * (1 - (x - left)) + image[at + down + right] * (x - left);
    values.push(above * (1 - (y - top)) + below * (y - top));
  }
  return values;
}

/**
 * Lo que se mira de una foto para ver una cara derecha: aunque gire, cabe.
 *
 * @param {readonly number[]} points los de `Face`
 * @param {number} size
 * @returns {import("./windows.js").Square}
 */
export function footprint(points, size) {
  const matrix = upright(points, size);
  const [a, b, across, c, d, down] = inverse(matrix);
  const side = Math.ceil((Math.SQRT2 * size) / Math.hypot(matrix[0], matrix[1])) + 2;
  const center = (size - 1) / 2;
  const half = Math.floor(side / 2);
  const left = Math.trunc(a * center + b * center + across) - half;
  return { left, top: Math.trunc(c * center + d * center + down) - half, side };
}

/**
 * La cara derecha como la ve la red, y la matriz que lleva de la foto a ella.
 *
 * @param {Picture} photo
 * @param {Uint8Array} hole
 * @param {readonly number[]} points los de `Face`
 * @param {number} size
 * @param {Color} fill
 * @returns {{ x: Float32Array, matrix: Matrix }} x: size x size x 4
 */
export function look(photo, hole, points, size, fill) {
  const matrix = upright(points, size);
  const [a, b, across, c, d, down] = inverse(matrix);
  const { top, left, side } = footprint(points, size);
  // Primero se reduce sin girar; después se gira.
  const shrunk = Math.round(side * Math.hypot(matrix[0], matrix[1]));
  const seen = view(photo, hole, { top, left, side }, shrunk, fill);
  const scale = shrunk / side;
  const x = new Float32Array(4 * size * size);
  for (let i = 0; i < size * size; i++) {
    const u = i % size;
    const v = Math.floor(i / size);
    const column = scale * (a * u + b * v + across - left + 0.5) - 0.5;
    const row = scale * (c * u + d * v + down - top + 0.5) - 0.5;
    const values = bilinear(seen, shrunk, 4, column, row);
    // Lo que tiene algo de hueco lo es entero: su color está mezclado con el del relleno.
    x.set(values[3] > 0 ? [...fill.map((level) => TO_FLOAT[level]), 1] : values, 4 * i);
  }
  return { x, matrix };
}

/** @param {Uint8Array} seen size x size @param {number} size @param {number} reach
 * @returns {Uint8Array} 1 en lo que está a más de `reach` de todo 0 */
function deepOf(seen, size, reach) {
  const deep = seen.slice();
  for (let i = 0; i < seen.length; i++) {
    if (seen[i]) continue;
    const [x, y] = [i % size, Math.floor(i / size)];
    for (let row = Math.max(0, y - reach); row <= Math.min(size - 1, y + reach); row++) {
      const wide = Math.floor(Math.sqrt(reach ** 2 - (row - y) ** 2));
      const start = row * size;
      deep.fill(0, start + Math.max(0, x - wide), start + Math.min(size, x + wide + 1));
    }
  }
  return deep;
}

/**
 * Lo que hay que dibujar de los rasgos de una cara: 1 en la cara derecha, size x size, en lo que sí.
 *
 * @param {Uint8Array} hole por filas
 * @param {Shape} shape de la foto
 * @param {readonly number[]} points los de `Face`
 * @param {number} size
 */
function drawnOf(hole, { width, height }, points, size) {
  const [a, b, across, c, d, down] = inverse(upright(points, size));
  const seen = Uint8Array.from({ length: size * size }, (_, i) => {
    const [u, v] = [i % size, Math.floor(i / size)];
    const column = Math.floor(a * u + b * v + across + 0.5);
    const row = Math.floor(c * u + d * v + down + 0.5);
    return column >= 0 && column < width && row >= 0 && row < height ? hole[row * width + column] : 0;
  });
  return deepOf(seen, size, Math.floor(size / RIM)).map((isDeep, i) => {
    const away = [i % size, Math.floor(i / size)].map(
      (place, axis) => (place + 0.5 - CENTER[axis] * size) / (RADII[axis] * size),
    );
    return Number(isDeep && Math.hypot(...away) < 1);
  });
}

/**
 * Los píxeles de una caja de la foto, que puede salirse, que caen en lo señalado de su cara derecha.
 *
 * @param {Uint8Array} marked size x size
 * @param {number} size
 * @param {Matrix} matrix
 * @param {Shape} shape de la foto
 * @param {import("../numeric/components.js").Box} box
 */
export function landing(marked, size, matrix, { width, height }, [top, left, bottom, right]) {
  const [a, b, across, c, d, down] = matrix;
  /** @type {number[]} */
  const pixels = [];
  for (let row = Math.max(0, top); row < Math.min(height, bottom); row++) {
    for (let column = Math.max(0, left); column < Math.min(width, right); column++) {
      const x = Math.floor(a * column + b * row + across + 0.5);
      const y = Math.floor(c * column + d * row + down + 0.5);
      const isIn = x >= 0 && x < size && y >= 0 && y < size && marked[y * size + x];
      if (isIn) pixels.push(row * width + column);
    }
  }
  return pixels;
}

/**
 * Los píxeles de la foto que hay que dibujar de los rasgos de una cara.
 *
 * @param {Uint8Array} hole por filas
 * @param {Shape} shape de la foto
 * @param {readonly number[]} points los de `Face`
 * @param {number} size
 * @returns {number[]}
 */
export function coreOf(hole, shape, points, size) {
  const drawn = drawnOf(hole, shape, points, size);
  if (!drawn.includes(1)) return [];
  const { top, left, side } = footprint(points, size);
  return landing(drawn, size, upright(points, size), shape, [
    top,
    left,
    top + side,
    left + side,
  ]).filter((pixel) => hole[pixel]);
}

/**
 * El color que tiene, en una cara derecha, un píxel de la foto.
 *
 * @param {Uint8ClampedArray} guess size x size x 3
 * @param {number} size
 * @param {Matrix} matrix
 * @param {number} column
 * @param {number} row
 */
export const bringBack = (guess, size, [a, b, across, c, d, down], column, row) =>
  bilinear(guess, size, 3, a * column + b * row + across, c * column + d * row + down);
