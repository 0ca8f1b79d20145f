/**
 * De un mapa de bits a sus píxeles y de ellos a un archivo, por un camino que no los falsee.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 */

import { OUT_OF_MEMORY, UserError } from "../engine/errors.js";

const FALSIFIED =
  "El navegador falsea los píxeles para que no te sigan: permite aquí el «lienzo» (canvas).";

/** Niveles que puede errar un camino hasta los píxeles; uno falseado yerra muchos más. */
const TOLERANCE = 4;

/** @param {ImageBitmap} bitmap @returns {Promise<Uint8ClampedArray>} */
async function throughFrame(bitmap) {
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  try {
    const data = new Uint8ClampedArray(4 * bitmap.width * bitmap.height);
    await frame.copyTo(data, { format: "RGBA" });
    return data;
  } finally {
    frame.close();
  }
}

/** @param {{ width: number, height: number }} size */
function contextOf({ width, height }) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new RangeError("El lienzo no cabe.");
  return context;
}

/** @param {ImageBitmap} bitmap @returns {Promise<Uint8ClampedArray>} */
async function throughCanvas(bitmap) {
  const context = contextOf(bitmap);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

/** Los caminos que llevan a los píxeles de un mapa de bits. El lienzo se equivoca hasta en un nivel
 * donde se transparenta a medias, y hay navegadores que lo falsean para que no sigan al lector. */
const READERS = [throughFrame, throughCanvas];

/** Si por un camino sale lo que entró.
 * @param {(bitmap: ImageBitmap) => Promise<Uint8ClampedArray>} readPixels */
async function isTrue(readPixels) {
  try {
    const sent = Uint8ClampedArray.from({ length: 4 * 16 ** 2 }, (_, i) =>
      i % 4 === 3 ? 255 - (i >> 4) : (53 * i) % 256,
    );
    const bitmap = await createImageBitmap(new ImageData(sent, 16), { premultiplyAlpha: "none" });
    const found = await readPixels(bitmap);
    bitmap.close();
    return sent.every((level, i) => Math.abs(level - found[i]) <= TOLERANCE);
  } catch {
    return false;
  }
}

/** @param {ImageBitmap} bitmap @returns {Promise<Uint8ClampedArray>} sin premultiplicar */
export async function pixelsOf(bitmap) {
  let problem = FALSIFIED;
  for (const readPixels of READERS) {
    if (!(await isTrue(readPixels))) continue;
    try {
      return await readPixels(bitmap);
    } catch {
      problem = OUT_OF_MEMORY;
    }
  }
  throw new UserError(problem);
}

/**
 * @param {Picture} picture
 * @param {string} type
 * @param {number} quality de 0 a 1
 * @returns {Promise<Uint8Array | null>} null si este navegador no puede
 */
export async function encode(picture, type, quality) {
  if (!(await isTrue(throughCanvas))) return null;
  try {
    const { data, width, height } = picture;
    const context = contextOf(picture);
    const pixels = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (data);
    context.putImageData(new ImageData(pixels, width, height), 0, 0);
    const blob = await context.canvas.convertToBlob({ type, quality });
    return blob.type === type ? new Uint8Array(await blob.arrayBuffer()) : null;
  } catch {
    return null; // Un lienzo tan grande no cabe.
  }
}
