/**
 * Una ventana de una foto como la ve la red.
 *
 * Es `pix2pix_lib/restoration/windows.py` en el navegador: si cambias uno, cambia el otro.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./masks.js").Color} Color
 * @typedef {{ top: number, left: number, side: number }} Square Una ventana, que puede salirse.
 */

import { resizeArea, resizeCubic } from "../numeric/resampling.js";

/** Lo que vale el hueco, para la red, donde ya hay un color aproximado. */
const GUESS = 0.5;

/** Lo que se sabe de un píxel: su color, nada (1, como en un hueco) o un color aproximado. */
export const [KNOWN, UNKNOWN, GUESSED] = [0, 1, 2];

/** Con menos que esto de un píxel conocido no se divide. */
const SMALLEST_SHARE = Math.fround(1e-6);

/** Lo que se reduce de cada píxel: rojo, verde, azul, si se sabe y si es aproximado. */
const CHANNELS = 5;

/** Filas de las que ve la red que se tratan a la vez, para no gastar memoria. */
const STRIP = 32;

/** De un nivel de 0 a 255 a [-1, 1]: `to_float` de `pairs.py`. */
export const TO_FLOAT = Float32Array.from(
  { length: 256 },
  (_, level) => Math.fround(level / 127.5) - 1,
);

/**
 * Las filas que ve la red, en franjas que salen cada una de sus propias filas de la ventana.
 *
 * @param {number} size
 * @param {number} side
 * @returns {[number, number][]} la primera fila de cada una y la de después de la última
 */
export function strips(size, side) {
  const height = side % size ? size : STRIP;
  return Array.from({ length: Math.ceil(size / height) }, (_, i) => [
    i * height,
    Math.min((i + 1) * height, size),
  ]);
}

/**
 * @param {number} start
 * @param {number} count
 * @param {number} length
 * @returns {Int32Array} qué píxel hace de cada uno de los que siguen a `start`: lo que cae fuera es
 *   el reflejo de lo de dentro
 */
function reflected(start, count, length) {
  return Int32Array.from({ length: count }, (_, i) => {
    const place = (start + i) % (2 * length);
    const positive = place < 0 ? place + 2 * length : place;
    return Math.min(positive, 2 * length - 1 - positive);
  });
}

/**
 * Unas filas de una ventana, para reducirlas: de cada píxel, su color si se sabe (y si no, ceros),
 * si se sabe y si es aproximado.
 *
 * @param {Picture} picture
 * @param {Uint8Array} state
 * @param {Int32Array} rows
 * @param {Int32Array} columns
 * @returns {Float32Array} de cinco en cinco valores
 */
function cut({ data, width }, state, rows, columns) {
  const patch = new Float32Array(CHANNELS * rows.length * columns.length);
  let i = 0;
  for (const row of rows) {
    for (const column of columns) {
      const pixel = row * width + column;
      if (state[pixel] !== UNKNOWN) {
        for (let c = 0; c < 3; c++) patch[i + c] = TO_FLOAT[data[4 * pixel + c]];
        patch[i + 3] = 1;
        if (state[pixel] === GUESSED) patch[i + 4] = 1;
      }
      i += CHANNELS;
    }
  }
  return patch;
}

/**
 * Lo que da `cut`, ya reducido, como lo ve la red: lo desconocido no ensucia a sus vecinos.
 *
 * @param {Float32Array} patch
 * @param {Color} fill
 * @param {Float32Array} x donde se deja: color y hueco, de cuatro en cuatro valores
 */
function compose(patch, fill, x) {
  for (let i = 0, j = 0; j < x.length; i += CHANNELS, j += 4) {
    const share = Math.min(Math.max(patch[i + 3], 0), 1);
    x[j + 3] = share <= 0.5 ? 1 : patch[i + 4] > 0.5 ? GUESS : 0;
    for (let c = 0; c < 3; c++) {
      const color = patch[i + c] / Math.max(share, SMALLEST_SHARE);
      x[j + c] = share <= 0.5 ? TO_FLOAT[fill[c]] : Math.min(Math.max(color, -1), 1);
    }
  }
}

/**
 * Una ventana de una foto como la ve la red.
 *
 * @param {Picture} picture
 * @param {Uint8Array} state lo que se sabe de cada píxel: vale un hueco
 * @param {Square} square
 * @param {number} size
 * @param {Color} fill
 * @returns {Float32Array} size x size x 4
 */
export function view(picture, state, { top, left, side }, size, fill) {
  const rows = reflected(top, side, picture.height);
  const columns = reflected(left, side, picture.width);
  const resize = side > size ? resizeArea : resizeCubic;
  const x = new Float32Array(4 * size * size);
  for (const [first, last] of strips(size, side)) {
    const near = rows.subarray((first * side) / size, (last * side) / size);
    const patch = cut(picture, state, near, columns);
    const shape = { width: side, height: near.length, channels: CHANNELS };
    compose(
      side === size ? patch : resize(patch, shape, size, last - first),
      fill,
      x.subarray(4 * first * size, 4 * last * size),
    );
  }
  return x;
}
