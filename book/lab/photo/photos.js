/**
 * Abre una foto como se ve. Es lo que hace `pix2pix_lib/data/photos.py`, en el navegador.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("./formats.js").Format} Format
 */

import { isMemory, OUT_OF_MEMORY, UserError } from "../engine/errors.js";
import { checkSize, DAMAGED, inspect } from "./formats.js";
import { bare, DEEP, readMetadata } from "./metadata.js";
import { pixelsOf } from "./pixels.js";

const UNREACHABLE = "No se puede leer el archivo: comprueba que sigue ahí y elígelo otra vez.";
const TWELVE_BITS =
  "La foto es de 16 bits por canal, pero sus niveles son de 12 o menos, y se vería casi negra: " +
  "guárdala con 8 bits por canal.";

/** Qué decir si el navegador no sabe abrir una foto de estos formatos.
 * @type {Partial<Record<Format, string>>} */
const UNSUPPORTED = {
  HEIC: "Este navegador no abre fotos HEIC: guárdala como JPEG con el teléfono o con otro programa.",
  AVIF: "Este navegador no abre esta foto AVIF: guárdala como JPEG o PNG con otro programa.",
};

/** Formatos cuyo perfil se copia al guardar: sus niveles se dejan como están. */
const COPIED = ["JPEG", "PNG", "WEBP"];

/** @param {Blob} file @returns {Promise<Uint8Array>} */
async function read(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new UserError(isMemory(error) ? OUT_OF_MEMORY : UNREACHABLE);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Format} format
 * @returns {Promise<ImageBitmap>} sin girar
 */
async function decode(bytes, format) {
  const part = /** @type {BlobPart} */ (bare(bytes, format));
  const blob = new Blob([part], { type: `image/${format.toLowerCase()}` });
  try {
    return await createImageBitmap(blob, {
      premultiplyAlpha: "none",
      colorSpaceConversion: COPIED.includes(format) ? "none" : "default",
    });
  } catch (error) {
    throw new UserError(isMemory(error) ? OUT_OF_MEMORY : (UNSUPPORTED[format] ?? DAMAGED));
  }
}

/** Pone blanco detrás de lo transparente, como `alpha_composite` de Pillow.
 * @param {Uint8ClampedArray} data @returns {boolean} si había algo transparente */
export function whiten(data) {
  let found = false;
  for (let i = 3; i < data.length; i += 4) {
    const alpha = data[i];
    if (alpha === 255) continue;
    for (let c = i - 3; c < i; c++) data[c] = 255 - alpha + (data[c] * alpha) / 255;
    data[i] = 255;
    found = true;
  }
  return found;
}

/**
 * @param {Picture} picture
 * @param {number} turn de 1 a 8, como lo dice EXIF
 * @returns {Picture} derecha
 */
export function turned({ data, width: w, height: h }, turn) {
  if (turn === 1) return { data, width: w, height: h };
  // Dónde está en la original el primer píxel, y cuánto hay de él al de su derecha y al de debajo.
  const [first, right, down] = [
    [w - 1, -1, w],
    [w * h - 1, -1, -w],
    [w * (h - 1), 1, -w],
    [0, w, 1],
    [w * (h - 1), -w, 1],
    [w * h - 1, -w, -1],
    [w - 1, w, -1],
  ][turn - 2];
  const [width, height] = turn > 4 ? [h, w] : [w, h];
  const from = new Uint32Array(data.buffer, data.byteOffset, w * h);
  const to = new Uint32Array(w * h);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, at = first + y * down; x < width; x++, at += right) to[i++] = from[at];
  }
  return { data: new Uint8ClampedArray(to.buffer), width, height };
}

/**
 * Abre una foto: derecha, opaca, con lo transparente en blanco y con los niveles del archivo, que
 * significan lo que diga su perfil de color.
 *
 * @param {Blob} file
 * @returns {Promise<{ picture: Picture, kind: Format, lost: string[] }>} con lo que la foto tiene y
 *   al guardarla no tendrá; lanza UserError si no se puede
 */
export async function openPhoto(file) {
  const bytes = await read(file);
  const { format } = inspect(bytes);
  const bitmap = await decode(bytes, format);
  try {
    const { width, height } = bitmap;
    checkSize(bitmap);
    const data = await pixelsOf(bitmap);
    const { turn, lost } = readMetadata(bytes, format);
    if (lost.includes(DEEP) && data.every((level, i) => i % 4 === 3 || level < 16)) {
      throw new UserError(TWELVE_BITS);
    }
    if (whiten(data)) lost.push("la transparencia");
    return { picture: turned({ data, width, height }, turn), kind: format, lost };
  } catch (error) {
    throw isMemory(error) ? new UserError(OUT_OF_MEMORY) : error;
  } finally {
    bitmap.close();
  }
}
