/**
 * Restaurar fotos de verdad, a su tamaño: llevar a la red lo pintado y devolverlo.
 *
 * Es `pix2pix_lib/restoration/restore.py` en el navegador: si cambias uno, cambia el otro. Son
 * distintas tres cosas: las caras se dan, la red se espera, y lo que se sabe de cada píxel va en un
 * byte.
 *
 * @typedef {import("../numeric/components.js").Box} Box
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./masks.js").Color} Color
 * @typedef {import("./levels.js").Face} Face
 * @typedef {import("./windows.js").Window} Window
 *
 * @typedef {object} Painter Una red, como hace falta para restaurar con ella.
 * @property {number} size lado de la imagen que ve
 * @property {(x: Float32Array) => Promise<Uint8ClampedArray>} restore de size x size x 4, en
 *   [-1, 1] y con el hueco en el cuarto, a size x size x 3, de 0 a 255
 *
 * @typedef {Painter & { refines: boolean, upright: Upright | null }} Network La de los trazos:
 *   `refines`, si sabe afinar un color aproximado; `upright`, la que ve la cara derecha cuando tiene
 *   tapado un rasgo.
 *
 * @typedef {object} Upright Una red que solo se baja si hace falta.
 * @property {number} size
 * @property {(onProgress: (share: number) => void) => Promise<Painter>} open va de 0 a 1 mientras se
 *   baja, la primera vez
 *
 * @typedef {object} Options
 * @property {Color} [fill] el color de los huecos con los que aprendió la red
 * @property {boolean} [grain] si al acabar se pone el grano de lo que rodea al hueco
 * @property {(done: number, total: number) => void} [onProgress] ventanas hechas y en total
 * @property {(share: number) => void} [onDownload] lo que ha llegado de la otra red, de 0 a 1
 * @property {AbortSignal} [signal] para dejarlo a medias: lanza su motivo
 */

import { connectedComponents } from "../numeric/components.js";
import { resizeCubic } from "../numeric/resampling.js";
import { UserError } from "./errors.js";
import { addGrain } from "./grain.js";
import { faceWidth, findStrokes, levelsWithin, surroundings } from "./levels.js";
import { MAGENTA } from "./masks.js";
import { crop, cut, paste } from "./regions.js";
import { bringBack, coreOf, footprint, look } from "./turned.js";
import { GUESSED, KNOWN, pixelsOf, plan, strips, view } from "./windows.js";

/** Ancho de cara, en píxeles, hasta el que no se pone grano. */
const SMALL_FACE = 150;

/** Diferencia entre canales, en niveles, hasta la que una foto es en blanco y negro. */
const GRAY = 4;

/** Con tantos píxeles, más o menos, basta para saber si una foto es en blanco y negro. */
const SAMPLE = 100_000;

/** Píxeles a cada lado de los que sale, como mucho, uno ampliado con la interpolación cúbica. */
const CUBIC_REACH = 2;

/**
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @throws {UserError} si no hay nada que restaurar o si el hueco es la foto entera
 */
export function checkHole(hole) {
  if (!hole.includes(1)) {
    throw new UserError("No hay nada pintado: pinta encima de lo que quieras quitar.");
  }
  if (!hole.includes(0)) {
    throw new UserError("Está pintada la foto entera: deja algo de lo que partir.");
  }
}

/**
 * Pone en la foto lo que la red ve en medio de una ventana, en los píxeles que faltan.
 *
 * @param {Uint8ClampedArray} guess size x size x 3
 * @param {number} size
 * @param {Window} window
 * @param {Uint8Array} levels
 * @param {Picture} restored cambia
 * @param {(pixel: number) => void} onPixel con cada píxel que cambia
 */
function paint(guess, size, { level, top, left, side, middle: box }, levels, restored, onPixel) {
  const { data, width } = restored;
  for (const [first, last] of strips(size, side)) {
    const [start, end] = [first, last].map((row) => top + (row * side) / size);
    /** @type {Box} */
    const strip = [Math.max(start, box[0]), box[1], Math.min(end, box[2]), box[3]];
    const pixels = [...pixelsOf(levels, level, restored, strip)];
    if (!pixels.length) continue;
    const [from, to] = [Math.max(first - CUBIC_REACH, 0), Math.min(last + CUBIC_REACH, size)];
    const near = guess.subarray(3 * from * size, 3 * to * size);
    const shape = { width: size, height: to - from, channels: 3 };
    const colors =
      side === size ? near : resizeCubic(near, shape, side, ((to - from) * side) / size);
    const origin = top + (from * side) / size;
    for (const pixel of pixels) {
      const i = 3 * ((Math.floor(pixel / width) - origin) * side + (pixel % width) - left);
      for (let c = 0; c < 3; c++) data[4 * pixel + c] = colors[i + c];
      onPixel(pixel);
    }
  }
}

/**
 * Las caras que tienen tapado un rasgo, y la red que los dibuja; si no hay ninguna, no se baja.
 *
 * @param {Upright | null} upright
 * @param {Uint8Array} missing cambia: lo que se va a dibujar deja de faltar
 * @param {import("./levels.js").Shape} shape de la foto
 * @param {readonly Face[]} faces
 * @param {(share: number) => void} onDownload
 */
async function coveredFaces(upright, missing, shape, faces, onDownload) {
  if (!upright) return [];
  const { size } = upright;
  const found = faces.flatMap(({ points }) => {
    const pixels = points ? coreOf(missing, shape, points, size) : [];
    for (const pixel of pixels) missing[pixel] = KNOWN;
    return points && pixels.length ? [{ points, pixels, square: footprint(points, size) }] : [];
  });
  if (!found.length) return [];
  const network = await upright.open(onDownload);
  return found.map((face) => ({ ...face, network }));
}

/**
 * Dibuja lo que está tapado de los rasgos de una cara.
 *
 * @param {Awaited<ReturnType<typeof coveredFaces>>[number]} face
 * @param {import("./regions.js").Region} restored cambia
 * @param {Uint8Array} state cambia
 * @param {number} across el ancho de la foto
 * @param {Color} fill
 */
async function drawFeatures({ points, pixels, network }, restored, state, across, fill) {
  const { left, top, width } = restored;
  const moved = points.map((place, i) => place - (i % 2 ? top : left));
  const { x, matrix } = look(restored, state, moved, network.size, fill);
  const guess = await network.restore(x);
  for (const pixel of pixels) {
    const [column, row] = [(pixel % across) - left, Math.floor(pixel / across) - top];
    restored.data.set(bringBack(guess, network.size, matrix, column, row), 4 * (row * width + column));
    state[row * width + column] = KNOWN;
  }
}

/**
 * @param {Uint8Array} hole el de una región
 * @param {import("./regions.js").Region} region
 * @param {readonly Face[]} faces de la foto
 * @returns {Uint8Array} sin los trazos que caen en una cara pequeña
 */
function outOfSmallFaces(hole, { left, top, width }, faces) {
  if (faces.every((face) => face.width >= SMALL_FACE)) return hole;
  const rest = hole.slice();
  const moved = faces.map((face) => ({ ...face, x: face.x - left, y: face.y - top }));
  for (const { box, runs } of connectedComponents(hole, width)) {
    const face = faceWidth(box, moved);
    if (!face || face >= SMALL_FACE) continue;
    for (let i = 0; i < runs.length; i += 3) {
      rest.fill(0, runs[i] * width + runs[i + 1], runs[i] * width + runs[i + 2]);
    }
  }
  return rest;
}

/** Da paso a lo demás que haya pendiente, por si es cancelar. @param {AbortSignal} [signal] */
export async function breathe(signal) {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}

/**
 * Restaura los huecos de una foto de cualquier tamaño, y da solo la parte que se ha mirado: no se
 * copia la foto entera.
 *
 * @param {Network} network
 * @param {Picture} photo opaca
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @param {readonly Face[]} faces
 * @param {Options} [options]
 * @returns {Promise<import("./regions.js").Region>} donde no hay hueco, igual que en la foto
 * @throws {UserError} si no hay nada que restaurar o si el hueco es la foto entera
 */
export async function restoreRegion(network, photo, hole, faces, options = {}) {
  const { fill = MAGENTA, grain = true, onProgress, onDownload = () => {}, signal } = options;
  checkHole(hole);
  const { width, height } = photo;
  const { size } = network;
  const highest = Math.max(0, Math.trunc(Math.log2(Math.max(width, height) / size)));
  const missing = hole.slice();
  const covered = await coveredFaces(network.upright, missing, photo, faces, onDownload);
  const found = findStrokes(missing, width, faces, size, highest);
  const box = surroundings(found, size, photo, covered.map(({ square }) => square));
  const { levels, strokes } = levelsWithin(found, box);
  const restored = crop(photo, box);
  const near = cut(hole, width, box);
  const state = near.slice();
  for (const face of covered) {
    await breathe(signal);
    await drawFeatures(face, restored, state, width, fill);
  }
  const windows = plan(levels, strokes, restored, photo, size, network.refines);
  for (const [i, window] of windows.entries()) {
    await breathe(signal);
    const guess = await network.restore(view(restored, state, window, size, fill));
    const again = window.level && network.refines;
    paint(guess, size, window, levels, restored, (pixel) => {
      state[pixel] = again ? GUESSED : KNOWN;
      levels[pixel] = again ? window.level : 0;
    });
    onProgress?.(i + 1, windows.length);
  }
  await breathe(signal);
  if (grain) addGrain(restored, outOfSmallFaces(near, restored, faces), restored);
  if (isGray(photo, hole)) makeGray(restored, near);
  return restored;
}

/**
 * Restaura los huecos de una foto de cualquier tamaño; lo demás queda igual, byte a byte.
 *
 * @param {Network} network
 * @param {Picture} photo opaca
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @param {readonly Face[]} faces
 * @param {Options} [options]
 * @returns {Promise<Picture>} si la foto es en blanco y negro, lo restaurado también
 * @throws {UserError} si no hay nada que restaurar o si el hueco es la foto entera
 */
export async function restorePhoto(network, photo, hole, faces, options) {
  const region = await restoreRegion(network, photo, hole, faces, options);
  const restored = { ...photo, data: photo.data.slice() };
  paste(restored, region);
  return restored;
}

/**
 * @param {Picture} photo
 * @param {Uint8Array} hole
 */
function isGray({ data }, hole) {
  const step = Math.max(1, Math.floor(hole.length / SAMPLE));
  let [known, colored] = [0, 0];
  for (let pixel = 0; pixel < hole.length; pixel += step) {
    if (hole[pixel]) continue;
    const [red, green, blue] = [data[4 * pixel], data[4 * pixel + 1], data[4 * pixel + 2]];
    known += 1;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > GRAY) colored += 1;
  }
  return known > 0 && colored / known < 0.01;
}

/**
 * @param {Picture} picture cambia en el hueco
 * @param {Uint8Array} hole
 */
function makeGray({ data }, hole) {
  for (let pixel = hole.indexOf(1); pixel !== -1; pixel = hole.indexOf(1, pixel + 1)) {
    const mean = (data[4 * pixel] + data[4 * pixel + 1] + data[4 * pixel + 2]) / 3;
    data.fill(Math.round(mean), 4 * pixel, 4 * pixel + 3);
  }
}
