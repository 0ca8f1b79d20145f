/**
 * La ventana girada: la cara derecha, entera y siempre del mismo tamaño, como la vio la red.
 *
 * Es `pix2pix_lib/restoration/turned.py` en el navegador: si cambias uno, cambia el otro.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./masks.js").Color} Color
 * @typedef {import("./levels.js").Stroke} Stroke
 * @typedef {import("./levels.js").Face} Face
 * @typedef {[number, number, number, number, number, number]} Matrix Por filas: (2, 3).
 */

import { isOn } from "./levels.js";
import { TO_FLOAT, view } from "./windows.js";

/** Dónde caen los ojos en una cara derecha, en partes de su lado, y lo que distan. */
const [EYES, APART] = [[0.5, 0.42], 0.3];

/** Si los ojos distan menos que esto de lo que va de ellos a la boca, la cara está de lado. */
const TURNED = 0.8;

/** Grosor de un trazo, en anchos de la cara, desde el que puede tapar un rasgo entero. */
const WIDE = 1 / 10;

/** Lado, en el de la cara derecha, de las mayores ventanas con las que se afina lo visto en ella. */
const CLOSEST = 3 / 4;

/**
 * Los trazos que pueden tapar un rasgo de una cara.
 *
 * @param {readonly Stroke[]} strokes
 * @param {Face} face
 */
export const covering = (strokes, face) =>
  strokes.filter(({ thickness, box }) => isOn(box, face) && thickness >= WIDE * face.width);

/** El mayor nivel de las ventanas con las que se afina lo visto en una cara derecha, o -1.
 * @param {Matrix} matrix */
export const finest = ([a, b]) => Math.max(-1, Math.floor(Math.log2(CLOSEST / Math.hypot(a, b))));

/**
 * La matriz que lleva de los píxeles de una foto a los de su cara derecha.
 *
 * @param {readonly number[]} points los de `Face`
 * @param {number} side de la cara derecha
 * @returns {Matrix}
 */
export function upright([rightX, rightY, leftX, leftY, , , mouthX, mouthY], side) {
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
function inverse([a, b, across, c, d, down]) {
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
  const [x, y] = [column, row].map((place) => Math.min(Math.max(place, 0), size - 1));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [left, top].map((place) => Math.min(place + 1, size - 1));
  return Array.from({ length: channels }, (_, c) => {
    const at = (/** @type {number} */ i, /** @type {number} */ j) =>
      image[channels * (i * size + j) + c];
    const above = at(top, left) * (1 - (x - left)) + at(top, right) * (x - left);
    const below = at(bottom, left) * (1 - (x - left)) + at(bottom, right) * (x - left);
    return above * (1 - (y - top)) + below * (y - top);
  });
}

/**
 * Lo que se mira de una foto para ver una cara derecha: aunque gire, cabe.
 *
 * @param {Matrix} matrix
 * @param {number} size
 * @returns {import("./windows.js").Square}
 */
export function footprint(matrix, size) {
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
  const { top, left, side } = footprint(matrix, size);
  // Primero se reduce sin girar; después se gira.
  const shrunk = Math.round(side * Math.hypot(matrix[0], matrix[1]));
  const seen = view(photo, hole, { top, left, side }, shrunk, fill);
  const scale = shrunk / side;
  const x = new Float32Array(4 * size * size);
  for (let i = 0; i < size * size; i++) {
    const [u, v] = [i % size, Math.floor(i / size)];
    const column = scale * (a * u + b * v + across - left + 0.5) - 0.5;
    const row = scale * (c * u + d * v + down - top + 0.5) - 0.5;
    const values = bilinear(seen, shrunk, 4, column, row);
    // Lo que tiene algo de hueco lo es entero: su color está mezclado con el del relleno.
    x.set(values[3] > 0 ? [...fill.map((level) => TO_FLOAT[level]), 1] : values, 4 * i);
  }
  return { x, matrix };
}

/**
 * El color que tiene, en una cara derecha, un píxel de la foto.
 *
 * @param {Uint8ClampedArray} guess size x size x 3
 * @param {number} size
 * @param {Matrix} matrix
 * @param {number} column
 * @param {number} row
 * @returns {number[] | undefined} nada, si no cae dentro
 */
export function bringBack(guess, size, [a, b, across, c, d, down], column, row) {
  const [x, y] = [a * column + b * row + across, c * column + d * row + down];
  if (Math.min(x, y) < 0 || Math.max(x, y) > size - 1) return undefined;
  return bilinear(guess, size, 3, x, y);
}
