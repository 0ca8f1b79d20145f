/**
 * Lo pintado, como se ve encima de la foto: magenta, a rayas y con un borde blanco y negro, para
 * que destaque sobre cualquier color; y lo que se conserva, a rayas verdes que van al revés. Se
 * calcula solo para los píxeles de la pantalla que se piden.
 *
 * @typedef {import("../hole/hole_pyramid.js").Level} Level
 * @typedef {import("../hole/geometry.js").Rect} Rect
 * @typedef {import("../ui/viewport.js").View} View en píxeles del lienzo
 * @typedef {{ fill: number, stripe: number, slope: 1 | -1 }} Ink
 */

import { eachRun } from "../hole/geometry.js";

/** Colores en el orden de la memoria: alfa, azul, verde y rojo. */
const [RING, EDGE] = [0xf0ffffff, 0xa0000000];

/** De lo pintado y de lo que se conserva. @type {Ink[]} */
export const INKS = [
  { fill: 0x85ff00ff, stripe: 0xbfe000e0, slope: 1 },
  { fill: 0x50ffffff, stripe: 0xe0507000, slope: -1 },
];

/** Lo que se repiten las rayas y lo que mide cada una, en bordes. */
const [PERIOD, STRIPE_WIDTH] = [9, 2];

/** @param {number} value @param {number} period */
const modulo = (value, period) => ((value % period) + period) % period;

/**
 * Los píxeles de la pantalla, de `count`, que caen sobre algunos de un nivel: de lejos, los que los
 * tocan; de cerca, aquellos cuyo centro está encima.
 *
 * @param {number} start el primer píxel del nivel
 * @param {number} end el de después del último
 * @param {number} corner dónde cae la esquina de la foto
 * @param {number} scale píxeles de la pantalla por píxel del nivel
 * @param {number} count
 * @returns {[number, number]} desde cuál hasta antes de cuál
 */
function shadow(start, end, corner, scale, count) {
  const [from, to] = [corner + start * scale, corner + end * scale];
  const [first, last] =
    scale >= 1 ? [Math.ceil(from - 0.5), Math.ceil(to - 0.5)] : [Math.floor(from), Math.ceil(to)];
  return [Math.max(first, 0), Math.min(last, count)];
}

/**
 * Qué píxeles de un trozo de la pantalla tienen debajo algo pintado.
 *
 * @param {readonly Level[]} levels
 * @param {View} view
 * @param {Rect} rect
 */
export function sample(levels, view, { left, top, right, bottom }) {
  const depth = Math.min(levels.length - 1, Math.max(0, Math.floor(-Math.log2(view.scale))));
  const { data, width, height } = levels[depth];
  const scale = view.scale * 2 ** depth;
  const [across, down] = [right - left, bottom - top];
  const [x, y] = [view.x - left, view.y - top];
  const mask = new Uint8Array(across * down);
  const [firstColumn, firstRow] = [-x, -y].map((place) => Math.max(0, Math.floor(place / scale)));
  const lastColumn = Math.min(width, Math.ceil((across - x) / scale));
  const lastRow = Math.min(height, Math.ceil((down - y) / scale));
  for (let row = firstRow; row < lastRow; row++) {
    const [start, end] = shadow(row, row + 1, y, scale, down);
    const pixels = data.subarray(row * width + firstColumn, row * width + lastColumn);
    eachRun(pixels, (from, to) => {
      const [first, last] = shadow(firstColumn + from, firstColumn + to, x, scale, across);
      for (let line = start; line < end; line++) {
        mask.fill(1, line * across + first, line * across + Math.max(first, last));
      }
    });
  }
  return mask;
}

/**
 * Engorda lo pintado `reach` píxeles hacia cada lado.
 *
 * @param {Uint8Array} mask @param {number} width @param {number} reach
 */
function dilate(mask, width, reach) {
  const rows = mask.length / width;
  const result = new Uint8Array(mask.length);
  for (let row = 0; row < rows; row++) {
    const [first, last] = [Math.max(0, row - reach), Math.min(rows - 1, row + reach)];
    eachRun(mask.subarray(row * width, (row + 1) * width), (start, end) => {
      const [left, right] = [Math.max(0, start - reach), Math.min(width, end + reach)];
      for (let to = first; to <= last; to++) result.fill(1, to * width + left, to * width + right);
    });
  }
  return result;
}

/**
 * Los colores de un trozo de la pantalla.
 *
 * @param {readonly Level[]} levels
 * @param {View} view
 * @param {Rect} rect
 * @param {number} line grosor de cada borde
 * @param {Ink} ink
 * @param {Uint32Array<ArrayBuffer>} result cambia: lo que hubiera queda debajo
 */
export function colors(
  levels,
  view,
  { left, top, right, bottom },
  line,
  { fill, stripe, slope } = INKS[0],
  result = new Uint32Array((right - left) * (bottom - top)),
) {
  const width = right - left;
  const margin = 2 * line;
  const across = width + 2 * margin;
  const mask = sample(levels, view, {
    left: left - margin,
    top: top - margin,
    right: right + margin,
    bottom: bottom + margin,
  });
  if (!mask.includes(1)) return result;
  const ring = dilate(mask, across, line);
  const edge = dilate(ring, across, line);
  const [period, thick] = [PERIOD * line, STRIPE_WIDTH * line];
  // Las rayas van con la foto: al moverla, no bailan.
  const phase = left - view.x + slope * (top - view.y);
  for (let row = 0; row < bottom - top; row++) {
    const start = (row + margin) * across + margin;
    const colored = result.subarray(row * width, (row + 1) * width);
    /** @param {Uint8Array} pixels */
    const rowOf = (pixels) => pixels.subarray(start, start + width);
    eachRun(rowOf(edge), (from, to) => colored.fill(EDGE, from, to));
    eachRun(rowOf(ring), (from, to) => colored.fill(RING, from, to));
    eachRun(rowOf(mask), (from, to) => {
      colored.fill(fill, from, to);
      const first = from - modulo(phase + slope * row + from, period);
      for (let at = first; at < to; at += period) {
        colored.fill(stripe, Math.max(at, from), Math.max(from, Math.min(at + thick, to)));
      }
    });
  }
  return result;
}
