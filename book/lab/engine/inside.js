/**
 * Lo que pasa dentro de la red de los trazos con una ventana de una foto, y lo que cree de una cara
 * el discriminador contra el que aprendió la otra.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./windows.js").Square} Square
 * @typedef {import("./levels.js").Face} Face
 *
 * @typedef {object} Judged Una cara derecha y lo que el discriminador cree de ella.
 * @property {Record<"drawn" | "authentic", Uint8ClampedArray>} pictures la dibujada y la de la foto
 * @property {Record<"drawn" | "authentic", Float32Array>} scores
 * @property {Uint8Array} touched 1 en las notas con hueco en medio de su parche
 */

import { UserError } from "./errors.js";
import { MAGENTA } from "./masks.js";
import { CELL, MARGIN, toLevels } from "./pretrained.js";
import { look } from "./turned.js";
import { TO_FLOAT, view } from "./windows.js";

/** Canales de lo que ve la red: los colores y el hueco. */
const [CHANNELS, COLORS] = [4, 3];

/** Lo que se aumenta la corrección para que se vea. */
const GAIN = 4;

const NO_FACE = "Lo pintado no toca ninguna cara, y este discriminador solo mira caras.";

/** Lo que ve la red, sin el canal del hueco. @param {Float32Array} x */
const colors = (x) => x.filter((_, i) => i % CHANNELS < COLORS);

/** Y solo ese canal. @param {Float32Array} x */
const holeOf = (x) => x.filter((_, i) => i % CHANNELS === COLORS);

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
 * Lo que cree el discriminador de la primera cara con algo pintado: de lo que dibuja la red que
 * aprendió contra él, y de la foto.
 *
 * @param {import("./pretrained.js").Pretrained} network
 * @param {Picture} photo @param {Uint8Array} hole @param {readonly Face[]} faces
 * @returns {Promise<Judged>}
 * @throws {UserError} si no hay ninguna, o si falta por bajar una de las redes
 */
async function judge(network, photo, hole, faces) {
  const { size } = network.upright;
  for (const { points } of faces) {
    if (!points) continue;
    const { x } = look(photo, hole, points, size, MAGENTA);
    const unknown = holeOf(x);
    if (!unknown.includes(1)) continue;
    const drawn = await (await network.upright.open(() => {})).restore(x);
    const whole = colors(look(photo, new Uint8Array(hole.length), points, size, MAGENTA).x);
    return {
      pictures: { drawn, authentic: toLevels(whole) },
      scores: {
        drawn: await network.judge(x, Float32Array.from(drawn, (level) => TO_FLOAT[level])),
        authentic: await network.judge(x, whole),
      },
      touched: touchedPatches(unknown, size),
    };
  }
  throw new UserError(NO_FACE);
}

/**
 * Lo mismo o, si no se puede, por qué.
 *
 * @param {Promise<Judged>} judging
 * @returns {Promise<{ judged?: Judged, missing?: string }>}
 */
async function orWhyNot(judging) {
  try {
    return { judged: await judging };
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
 * @param {readonly Face[]} faces las de la foto
 */
export async function lookInside(network, photo, hole, square, cut, faces) {
  const x = view(photo, hole, square, network.size, MAGENTA);
  const whole = await network.lookInside(x, []);
  const { restored } = cut.length ? await network.lookInside(x, cut) : whole;
  const unknown = holeOf(x);
  const correction = whole.correction.map((value, i) =>
    unknown[Math.floor(i / COLORS)] ? GAIN * value : 0,
  );
  return {
    erased: toLevels(colors(x)),
    fill: toLevels(whole.fill),
    correction: toLevels(correction),
    restored: toLevels(whole.restored),
    cut: toLevels(restored),
    added: meanChange(whole.restored, whole.fill, unknown),
    lost: meanChange(restored, whole.restored, unknown),
    ...(await orWhyNot(judge(network, photo, hole, faces))),
  };
}
