/**
 * A qué tamaño se mira cada trazo, y qué parte de la foto hace falta para mirarlos todos.
 *
 * @typedef {import("../numeric/components.js").Box} Box
 * @typedef {Pick<import("./faces.js").Face, "x" | "y" | "width"> & { points?: number[] }} Face
 * @typedef {{ width: number, height: number }} Shape
 *
 * @typedef {object} Stroke
 * @property {number} level cuántas veces se mira a la mitad
 * @property {Box} box
 * @property {import("../numeric/components.js").Component["runs"]} runs en la foto
 */

import { connectedComponents, largestDistance } from "../numeric/components.js";

/** Lado de la ventana, como poco, en veces el grosor del trazo. */
const CONTEXT = 4;

/** Lado de la ventana, como poco, en partes del ancho de la cara. */
const FACE_SHARE = 1 / 4;

/**
 * @param {Box} box de un trazo
 * @param {readonly Face[]} faces
 * @returns {number} el ancho de la mayor cara en la que cae su centro, o 0
 */
export function faceWidth([top, left, bottom, right], faces) {
  const near = faces.filter(
    ({ x, y, width }) =>
      Math.max(Math.abs((left + right) / 2 - x), Math.abs((top + bottom) / 2 - y)) < width,
  );
  return Math.max(0, ...near.map(({ width }) => width));
}

/**
 * Los trazos, y cuántas veces hay que mirar cada uno a la mitad de tamaño, de 0 a `highest`.
 *
 * @param {Uint8Array} hole
 * @param {number} photoWidth
 * @param {readonly Face[]} faces
 * @param {number} size
 * @param {number} highest
 * @returns {Stroke[]}
 */
export function findStrokes(hole, photoWidth, faces, size, highest) {
  return connectedComponents(hole, photoWidth).map((component) => {
    const { box, runs } = component;
    const wanted = Math.max(
      CONTEXT * 2 * largestDistance(component),
      FACE_SHARE * faceWidth(box, faces),
    );
    const level = Math.min(highest, Math.max(0, Math.ceil(Math.log2(wanted / size))));
    return { level, box, runs };
  });
}

/**
 * La parte de la foto que se mira al restaurar unos trazos: sus ventanas, vayan donde vayan.
 *
 * @param {readonly Stroke[]} strokes
 * @param {number} size
 * @param {Shape} shape
 * @param {readonly import("./windows.js").Square[]} squares y estos cuadrados
 * @returns {Box}
 */
export function surroundings(strokes, size, { width, height }, squares) {
  /** @type {Box[]} */
  const seen = strokes.map(({ level, box: [top, left, bottom, right] }) => {
    const side = size << level;
    return [top - side, left - side, bottom + side, right + side];
  });
  for (const { top, left, side } of squares) seen.push([top, left, top + side, left + side]);
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (const box of seen) {
    top = Math.min(top, Math.max(0, box[0]));
    left = Math.min(left, Math.max(0, box[1]));
    bottom = Math.max(bottom, Math.min(height, box[2]));
    right = Math.max(right, Math.min(width, box[3]));
  }
  return [top, left, bottom, right];
}

/**
 * @param {readonly Stroke[]} strokes de la foto
 * @param {Box} box
 * @returns {{ levels: Uint8Array, strokes: Stroke[] }} en la caja: el nivel más uno de cada píxel
 *   del hueco, y 0 en los demás; y los trazos
 */
export function levelsWithin(strokes, [top, left, bottom, right]) {
  const width = right - left;
  const levels = new Uint8Array((bottom - top) * width);
  const moved = strokes.map(({ level, box, runs }) => {
    for (let i = 0; i < runs.length; i += 3) {
      const start = (runs[i] - top) * width - left;
      levels.fill(level + 1, start + runs[i + 1], start + runs[i + 2]);
    }
    /** @type {Box} */
    const within = [box[0] - top, box[1] - left, box[2] - top, box[3] - left];
    return { level, box: within, runs };
  });
  return { levels, strokes: moved };
}
