/**
 * De qué piezas se compone un archivo JPEG, PNG o WebP, sin decodificar ninguna.
 *
 * Nada de esto lanza errores: leer más allá del final da 0, y una pieza que no cabe acaba la lista.
 *
 * @typedef {object} Segment Un tramo de un JPEG; el último, el de la imagen, llega hasta el final.
 * @property {number} marker
 * @property {Uint8Array} data lo que lleva
 * @property {Uint8Array} whole con su marca y su largo
 *
 * @typedef {object} Chunk Un trozo de un PNG o de un WebP.
 * @property {string} type cuatro letras
 * @property {Uint8Array} data
 * @property {Uint8Array} whole
 */

/** El tramo de un JPEG donde empieza la imagen. */
export const SCAN = 0xda;

/** @param {Uint8Array} bytes @param {number} at @returns {number} */
export const u16 = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];

/** @param {Uint8Array} bytes @param {number} at @returns {number} */
export const u32 = (bytes, at) => u16(bytes, at) * 2 ** 16 + u16(bytes, at + 2);

/** Los enteros de bytes al revés: el primero es el que menos vale. */
export const little = {
  /** @param {Uint8Array} bytes @param {number} at @returns {number} */
  u16: (bytes, at) => bytes[at] | (bytes[at + 1] << 8),

  /** @param {Uint8Array} bytes @param {number} at @returns {number} */
  u32: (bytes, at) => little.u16(bytes, at) + little.u16(bytes, at + 2) * 2 ** 16,
};

/** @param {Uint8Array} bytes @param {number} [start] @param {number} [end] @returns {string} */
export function letters(bytes, start, end) {
  let text = "";
  for (const code of bytes.subarray(start, end)) text += String.fromCharCode(code);
  return text;
}

/** @param {string} text @returns {Uint8Array} */
export const codes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** @param {Uint8Array[]} parts @returns {Uint8Array} */
export function join(parts) {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {Uint8Array} bytes @returns {Segment[]} */
export function jpegSegments(bytes) {
  const segments = [];
  let at = 2;
  while ((at = bytes.indexOf(0xff, at)) >= 0 && at + 4 <= bytes.length) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = marker === SCAN ? bytes.length : at + 2 + u16(bytes, at + 2);
    if (end > bytes.length) break;
    const whole = bytes.subarray(at, end);
    segments.push({ marker, data: whole.subarray(4), whole });
    at = end;
  }
  return segments;
}

/** Así empieza el vídeo que los móviles ponen detrás de un JPEG, en las fotos «en movimiento». */
const VIDEO = /^ftyp(3g|M4V|MSNV|avc1|iso|mp4|qt)/;
const VIDEO_LENGTH = "ftypMSNV".length;

/** @param {Uint8Array} bytes los de un JPEG, que puede llevar un vídeo detrás */
export function hasVideo(bytes) {
  const [first] = codes("ftyp");
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (VIDEO.test(letters(bytes, at, at + VIDEO_LENGTH))) return true;
  }
  return false;
}

/** @param {Uint8Array} bytes @returns {Chunk[]} hasta «IEND», si está entero */
export function pngChunks(bytes) {
  const chunks = [];
  for (let at = 8; at + 12 <= bytes.length && chunks.at(-1)?.type !== "IEND"; ) {
    const end = at + 12 + u32(bytes, at);
    if (end > bytes.length) break;
    const whole = bytes.subarray(at, end);
    chunks.push({ type: letters(whole, 4, 8), data: whole.subarray(8, -4), whole });
    at = end;
  }
  return chunks;
}

/** @param {Uint8Array} bytes @returns {Chunk[]} */
export function webpChunks(bytes) {
  const chunks = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = little.u32(bytes, at + 4);
    if (at + 8 + size > bytes.length) break;
    const whole = bytes.subarray(at, at + 8 + size);
    chunks.push({ type: letters(whole, 0, 4), data: whole.subarray(8), whole });
    at += 8 + size + (size % 2);
  }
  return chunks;
}
