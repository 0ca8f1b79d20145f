/**
 * Escribe un PNG de 24 bits.
 *
 * El lienzo también sabría, pero algunos navegadores falsean lo que sale de él para que no se siga
 * al lector por su tarjeta gráfica, y aquí no puede cambiar ni un bit.
 */

import { codes, join, u32 } from "./containers.js";

/** Bytes de la foto que se comprimen de una vez. */
const BAND = 2 ** 20;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
  return i;
});

/** @param {Uint8Array} bytes @returns {number} la suma que acaba cada trozo de un PNG */
function crc32(bytes) {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** @param {number} value @returns {Uint8Array} */
const bytes32 = (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** @param {string} type @param {Uint8Array} data @returns {Uint8Array} */
export function pngChunk(type, data) {
  const body = join([codes(type), data]);
  return join([bytes32(data.length), body, bytes32(crc32(body))]);
}

/** Si la suma de un trozo es la suya. @param {Uint8Array} chunk */
export const isSound = (chunk) => crc32(chunk.subarray(4, -4)) === u32(chunk, chunk.length - 4);

/** @param {ReadableStream<Uint8Array>} stream @returns {Promise<Uint8Array>} */
async function deflate(stream) {
  const zip = /** @type {any} */ (new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream.pipeThrough(zip)).arrayBuffer());
}

/** El trozo de un perfil de color. @param {Uint8Array} profile @returns {Promise<Uint8Array>} */
export async function profileChunk(profile) {
  const stream = new Blob([/** @type {BlobPart} */ (profile)]).stream();
  return pngChunk("iCCP", join([codes("ICC\0\0"), await deflate(stream)]));
}

/**
 * Las filas de una foto como las quiere un PNG: cada una dice primero cómo se ha escrito, y aquí
 * siempre como la diferencia de cada byte con el de su izquierda o el de arriba (filtro de Paeth).
 *
 * @param {import("../engine/masks.js").Picture} picture
 * @param {number} first
 * @param {number} end
 * @returns {Uint8Array}
 */
function filteredRows({ data, width }, first, end) {
  const rows = new Uint8Array((end - first) * (1 + 3 * width));
  let to = 0;
  for (let y = first; y < end; y++) {
    rows[to++] = 4;
    for (let from = 4 * width * y; from < 4 * width * (y + 1); from += 4) {
      const isFirst = from === 4 * width * y;
      for (let c = from; c < from + 3; c++) {
        const left = isFirst ? 0 : data[c - 4];
        const up = y ? data[c - 4 * width] : 0;
        const corner = isFirst || !y ? 0 : data[c - 4 * width - 4];
        rows[to++] = data[c] - paeth(left, up, corner);
      }
    }
  }
  return rows;
}

/** @param {number} left @param {number} up @param {number} corner @returns {number} */
function paeth(left, up, corner) {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** @param {import("../engine/masks.js").Picture} picture @param {(share: number) => void} [onProgress]
 * @returns {ReadableStream<Uint8Array>} */
function filtered(picture, onProgress) {
  const step = Math.max(1, Math.floor(BAND / (3 * picture.width)));
  let row = 0;
  return new ReadableStream({
    pull(controller) {
      const end = Math.min(picture.height, row + step);
      controller.enqueue(filteredRows(picture, row, end));
      row = end;
      onProgress?.(row / picture.height);
      if (row === picture.height) controller.close();
    },
  });
}

/**
 * @param {import("../engine/masks.js").Picture} picture opaca
 * @param {Uint8Array[]} extras los trozos que van entre el tamaño y los píxeles
 * @param {(share: number) => void} [onProgress] de 0 a 1
 * @returns {Promise<Uint8Array[]>} las partes del archivo
 */
export async function encodePng(picture, extras, onProgress) {
  const { width, height } = picture;
  const header = join([bytes32(width), bytes32(height), Uint8Array.of(8, 2, 0, 0, 0)]);
  return [
    codes("\x89PNG\r\n\x1a\n"),
    pngChunk("IHDR", header),
    ...extras,
    pngChunk("IDAT", await deflate(filtered(picture, onProgress))),
    pngChunk("IEND", new Uint8Array()),
  ];
}
