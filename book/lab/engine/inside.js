/**
 * Lo que pasa dentro de la red con una ventana de una foto, y lo que el discriminador cree de ella.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./windows.js").Square} Square
 */

import { UserError } from "./errors.js";
import { MAGENTA } from "./masks.js";
import { CELL, MARGIN, toLevels } from "./pretrained.js";
import { view } from "./windows.js";

/** Canales de lo que ve la red: los colores y el hueco. */
const [CHANNELS, COLORS] = [4, 3];

/** Lo que se aumenta la corrección para que se vea. */
const GAIN = 4;

/** Lo que ve la red, sin el canal del hueco. @param {Float32Array} x */
const colors = (x) => x.filter((_, i) => i % CHANNELS < COLORS);

/**
 * Cuántos niveles cambia, de media, un píxel del hueco.
 *
 * @param {Float32Array} first @param {Float32Array} second @param {Float32Array} hole
 */
function meanChange(first, second, hole) {
  let [sum, count] = [0, 0];
  hole.forEach((unknown, pixel) => {
    if (!unknown) return;
    for (let c = 3 * pixel; c < 3 * pixel + 3; c++) sum += 127.5 * Math.abs(first[c] - second[c]);
    count += 3;
  });
  return sum / count;
}

/**
 * Qué notas del discriminador tienen hueco en medio de su parche: CELL píxeles, y MARGIN en el borde.
 *
 * @param {Float32Array} hole @param {number} size
 * @returns {Uint8Array} por filas, 1 donde lo hay
 */
function touchedPatches(hole, size) {
  const across = (size - 2 * MARGIN) / CELL;
  const touched = new Uint8Array(across ** 2);
  hole.forEach((unknown, pixel) => {
    const row = Math.floor((Math.floor(pixel / size) - MARGIN) / CELL);
    const column = Math.floor(((pixel % size) - MARGIN) / CELL);
    const within = Math.min(row, column) >= 0 && Math.max(row, column) < across;
    if (unknown && within) touched[row * across + column] = 1;
  });
  return touched;
}

/**
 * Lo que cree el discriminador o, si no se ha podido bajar, por qué.
 *
 * @param {import("./pretrained.js").Pretrained} network
 * @param {Float32Array} erased @param {Float32Array} restored @param {Float32Array} authentic
 * @returns {Promise<{ scores?: Record<"restored" | "authentic", Float32Array>, missing?: string }>}
 */
async function judge(network, erased, restored, authentic) {
  try {
    const scores = {
      restored: await network.judge(erased, restored),
      authentic: await network.judge(erased, authentic),
    };
    return { scores };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { missing: error.message };
  }
}

/**
 * Sin el discriminador, lo demás se ve igual.
 *
 * @param {import("./pretrained.js").Pretrained} network
 * @param {Picture} photo
 * @param {Uint8Array} hole de la foto
 * @param {Square} square
 * @param {readonly number[]} cut conexiones de salto que se cortan: 0 es la de más lado
 */
export async function lookInside(network, photo, hole, square, cut) {
  const x = view(photo, hole, square, network.size, MAGENTA);
  const whole = await network.lookInside(x, []);
  const { restored } = cut.length ? await network.lookInside(x, cut) : whole;
  const erased = colors(x);
  const authentic = colors(view(photo, new Uint8Array(hole.length), square, network.size, MAGENTA));
  const unknown = x.filter((_, i) => i % CHANNELS === COLORS);
  const correction = whole.correction.map((value, i) =>
    unknown[Math.floor(i / COLORS)] ? GAIN * value : 0,
  );
  return {
    erased: toLevels(erased),
    authentic: toLevels(authentic),
    fill: toLevels(whole.fill),
    correction: toLevels(correction),
    restored: toLevels(whole.restored),
    cut: toLevels(restored),
    added: meanChange(whole.restored, whole.fill, unknown),
    lost: meanChange(restored, whole.restored, unknown),
    touched: touchedPatches(unknown, network.size),
    ...(await judge(network, erased, whole.restored, authentic)),
  };
}
