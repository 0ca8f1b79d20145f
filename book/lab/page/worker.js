/**
 * El taller: un hilo aparte que abre la foto, la restaura y la guarda, para que la página no se pare.
 *
 * Recibe `{id, method, args}` y contesta `{id, result}`, `{id, error}` y, por el camino,
 * `{id, progress}`. La página habla con él a través de `workshop.js`.
 */

import { Detector } from "../engine/faces.js";
import { isMemory, OUT_OF_MEMORY, UNEXPECTED, UserError } from "../engine/errors.js";
import { MAGENTA } from "../engine/masks.js";
import { openPhoto } from "../photo/photos.js";
import { downloadName, writeLike } from "../photo/saving.js";
import { CELL, MARGIN, Pretrained, toLevels } from "../engine/pretrained.js";
import { restorePhoto, view } from "../engine/restore.js";

/**
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("../engine/pretrained.js").NetworkAssets & { detector: import("../engine/runtime.js").Asset }} Assets
 * @typedef {{ top: number, left: number, side: number }} Square
 */

/** Canales de lo que ve la red: los colores y el hueco. */
const [CHANNELS, COLORS] = [4, 3];

/** Lo que se aumenta la corrección para que se vea. */
const GAIN = 4;

/** @type {Assets} */
let assets;
/** @type {Promise<Pretrained> | null} */
let network = null;
/** @type {Promise<Detector> | null} */
let detector = null;
/** @type {{ name: string, bytes: Uint8Array, photo: Picture, restored: Picture | null } | null} */
let open = null;
/** @type {AbortController | null} */
let running = null;

function opened() {
  if (!open) throw new UserError("Todavía no hay ninguna foto: elige una.");
  return open;
}

/** Lo que ve la red, sin el canal del hueco. @param {Float32Array} x */
const colors = (x) => x.filter((_, i) => i % CHANNELS < COLORS);

/** @param {Picture} picture */
function bitmap({ data, width, height }) {
  const pixels = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (data);
  return createImageBitmap(new ImageData(pixels, width, height));
}

/** @param {(share: number) => void} onProgress */
function load(onProgress) {
  network ??= Pretrained.load(assets, onProgress).catch((error) => {
    network = null;
    throw error;
  });
  return network;
}

/** @type {Record<string, (args: any, onProgress: (share: number) => void) => Promise<any>>} */
const methods = {
  async start(given) {
    assets = given;
  },

  async load(_, onProgress) {
    await load(onProgress);
  },

  async open({ file, name }) {
    const { picture } = await openPhoto(file);
    open = { name, bytes: new Uint8Array(await file.arrayBuffer()), photo: picture, restored: null };
    return { width: picture.width, height: picture.height, bitmap: await bitmap(picture) };
  },

  async faces() {
    const { photo } = opened();
    detector ??= Detector.load(assets).catch((error) => {
      detector = null;
      throw error;
    });
    return (await detector).findFaces(photo);
  },

  async restore({ hole, faces }, onProgress) {
    const current = opened();
    const ready = await load(() => {});
    running = new AbortController();
    const start = performance.now();
    current.restored = await restorePhoto(ready, current.photo, hole, faces, {
      fill: MAGENTA,
      grain: true,
      onProgress: (done, total) => onProgress(done / total),
      signal: running.signal,
    });
    const seconds = (performance.now() - start) / 1000;
    return { bitmap: await bitmap(current.restored), seconds };
  },

  async cancel() {
    running?.abort();
  },

  /** La siguiente restauración parte de lo ya restaurado. */
  async keep() {
    const current = opened();
    if (current.restored) current.photo = current.restored;
    return { bitmap: await bitmap(current.photo) };
  },

  async save() {
    const { name, bytes, restored } = opened();
    if (!restored) throw new UserError("Todavía no hay nada restaurado: pinta y pulsa «Restaurar».");
    const { blob, extension } = await writeLike(restored, bytes);
    return { blob, name: downloadName(name, extension) };
  },

  /** Lo que pasa dentro de la red con una ventana cuadrada de la foto. */
  async lookInside({ hole, square, cut }) {
    const ready = await load(() => {});
    const { photo } = opened();
    const x = view(photo, hole, square, ready.size, MAGENTA);
    const whole = await ready.lookInside(x, []);
    const { restored } = cut.length ? await ready.lookInside(x, cut) : whole;
    const erased = colors(x);
    const authentic = colors(view(photo, new Uint8Array(hole.length), square, ready.size, MAGENTA));
    const scores = {
      restored: await ready.judge(erased, whole.restored),
      authentic: await ready.judge(erased, authentic),
    };
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
      touched: touchedPatches(unknown, ready.size),
      scores,
    };
  },
};

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

/** @param {unknown} error */
function sentence(error) {
  if (error instanceof UserError) return error.message;
  return isMemory(error) ? OUT_OF_MEMORY : `${UNEXPECTED} (${error})`;
}

globalThis.addEventListener("message", async ({ data: { id, method, args } }) => {
  /** @param {number} progress */
  const onProgress = (progress) => globalThis.postMessage({ id, progress });
  try {
    const result = await methods[method](args, onProgress);
    globalThis.postMessage({ id, result }, { transfer: result?.bitmap ? [result.bitmap] : [] });
  } catch (error) {
    const aborted = error instanceof Error && error.name === "AbortError";
    globalThis.postMessage({ id, error: aborted ? null : sentence(error) });
  }
});
