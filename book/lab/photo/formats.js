/** De qué formato es una foto y cuánto mide, por sus primeros bytes y antes de decodificarla. */

import { UserError } from "../engine/errors.js";
import {
  jpegSegments,
  letters,
  little,
  pngChunks,
  SCAN,
  u16,
  u32,
  webpChunks,
} from "./containers.js";
import { isSound } from "./png.js";

/**
 * @typedef {"JPEG" | "PNG" | "WEBP" | "GIF" | "BMP" | "AVIF" | "HEIC"} Format
 * @typedef {{ width: number, height: number }} Size
 */

export const MAX_PIXELS = 50_000_000;

/** Lado de la foto mayor que se abre: el de un lienzo, en muchos navegadores. */
export const MAX_SIDE = 16_384;

export const DAMAGED =
  "La foto está estropeada o no está entera: comprueba que se ve en otro programa o elige otra.";

const EMPTY = "El archivo está vacío: elige otra foto.";
const MOVING =
  "La imagen se mueve, y aquí solo se abren fotos quietas: guarda un fotograma como PNG y elígelo.";
const UNKNOWN = "El archivo no es una foto que se sepa abrir: elige un JPEG, un PNG o un WebP.";

/** Cómo empiezan otros archivos que se toman por fotos, para llamarlos por su nombre.
 * @type {[string, RegExp][]} */
const OTHER_KINDS = [
  ["RAW", /^(II\*\0....CR|....ftypcrx|FUJIFILMCCD-RAW|IIU\0|IIR[OS])/s],
  ["TIFF o RAW", /^(II\*\0|MM\0\*)/],
  ["de vídeo", /^....(ftyp|moov|mdat)/s],
  ["PDF", /^%PDF/],
  ["EPS", /^(%!PS|\xc5\xd0\xd3\xc6)/],
  ["SVG", /^(\xef\xbb\xbf)?\s*<(.*<)?svg[\s>]/s],
  ["de una página web", /^(\xef\xbb\xbf)?\s*<(!doctype html|html)/i],
  ["PSD", /^8BPS/],
  ["JPEG XL", /^(\xff\n|\0\0\0\fJXL )/],
  ["JPEG 2000", /^(\0\0\0\fjP {2}|\xff\x4f\xff\x51)/],
  ["ICO", /^\0\0[^\0]\0[^\0]\0/],
  ["ZIP", /^PK\W\W/],
];

/** @param {string} kind */
const notAPhoto = (kind) =>
  `Es un archivo ${kind}, y aquí no se abre: guárdalo como JPEG o PNG con otro programa y elígelo.`;

/** @type {[string, Format][]} */
const SIGNATURES = [
  ["\xff\xd8\xff", "JPEG"],
  ["\x89PNG\r\n\x1a\n", "PNG"],
  ["GIF87a", "GIF"],
  ["GIF89a", "GIF"],
];

const BMP_HEADERS = [12, 40, 52, 56, 64, 108, 124];

/** Los JPEG que empiezan por una de estas marcas dicen en ella cuánto miden (C4, C8 y CC, no).
 * @param {number} marker */
export const isFrame = (marker) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** @param {Uint8Array} bytes @returns {Format} lanza UserError si no es de los que se abren */
function sniff(bytes) {
  const head = letters(bytes, 0, 4096);
  const found = SIGNATURES.find(([start]) => head.startsWith(start));
  if (found) return found[1];
  if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) return "WEBP";
  if (head.startsWith("BM") && BMP_HEADERS.includes(little.u32(bytes, 14))) return "BMP";
  if (head.startsWith("ftyp", 4)) {
    const brands = head.slice(8, Math.max(12, u32(bytes, 0)));
    if (/avi[fs]/.test(brands)) return "AVIF";
    if (/hei[cxms]|hev[cxms]|mif1|msf1/.test(brands)) return "HEIC";
  }
  const other = OTHER_KINDS.find(([, start]) => start.test(head));
  throw new UserError(other ? notAPhoto(other[0]) : UNKNOWN);
}

/** @param {Uint8Array} bytes @returns {Size} */
function jpegSize(bytes) {
  const segments = jpegSegments(bytes);
  const frame = segments.find(({ marker }) => isFrame(marker));
  const last = segments.at(-1);
  if (!frame || last?.marker !== SCAN || !endsJpeg(last.data)) throw new UserError(DAMAGED);
  return { width: u16(frame.data, 3), height: u16(frame.data, 1) };
}

/** Si la imagen acaba con su marca; detrás puede haber más cosas, como un vídeo.
 * @param {Uint8Array} scan */
function endsJpeg(scan) {
  let at = scan.indexOf(0xff);
  while (at >= 0 && scan[at + 1] !== 0xd9) at = scan.indexOf(0xff, at + 1);
  return at >= 0;
}

/** @param {Uint8Array} bytes @returns {Size} */
function pngSize(bytes) {
  const chunks = pngChunks(bytes);
  const animation = chunks.find(({ type }) => type === "acTL");
  if (animation && u32(animation.data, 0) > 1) throw new UserError(MOVING);
  const isWhole = chunks[0]?.type === "IHDR" && chunks.at(-1)?.type === "IEND";
  const isNeeded = (/** @type {string} */ type) => /^[A-Z]/.test(type);
  if (!isWhole || chunks.some(({ type, whole }) => isNeeded(type) && !isSound(whole))) {
    throw new UserError(DAMAGED);
  }
  return { width: u32(chunks[0].data, 0), height: u32(chunks[0].data, 4) };
}

/** @param {Uint8Array} bytes @returns {Size} */
function webpSize(bytes) {
  const chunks = webpChunks(bytes);
  const [{ type, data }] = [...chunks, { type: "", data: bytes }];
  if (type === "VP8X" && data[0] & 2) throw new UserError(MOVING);
  const whole = chunks.some((chunk) => chunk.type === "VP8 " || chunk.type === "VP8L");
  if (!whole || little.u32(bytes, 4) + 8 > bytes.length + 1) throw new UserError(DAMAGED);
  if (type === "VP8X") {
    return { width: (little.u32(data, 3) >>> 8) + 1, height: (little.u32(data, 6) >>> 8) + 1 };
  }
  if (type === "VP8L") {
    const bits = little.u32(data, 1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: little.u16(data, 6) & 0x3fff, height: little.u16(data, 8) & 0x3fff };
}

/** @param {Uint8Array} bytes @param {number} at @returns {number} detrás de sus bloques, o NaN */
function skipBlocks(bytes, at) {
  while (at < bytes.length && bytes[at]) at += 1 + bytes[at];
  return at < bytes.length ? at + 1 : NaN;
}

/** @param {number} flags @returns {number} bytes de la paleta de un GIF */
const paletteSize = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** @param {Uint8Array} bytes @returns {Size} */
function gifSize(bytes) {
  let frames = 0;
  let at = 13 + paletteSize(bytes[10]);
  while (at < bytes.length && bytes[at] !== 0x3b) {
    const isImage = bytes[at] === 0x2c;
    if (isImage && (frames += 1) > 1) throw new UserError(MOVING);
    if (!isImage && bytes[at] !== 0x21) break;
    at = skipBlocks(bytes, isImage ? at + 11 + paletteSize(bytes[at + 9]) : at + 2);
  }
  if (!frames || Number.isNaN(at)) throw new UserError(DAMAGED);
  return { width: little.u16(bytes, 6), height: little.u16(bytes, 8) };
}

/** @param {Uint8Array} bytes @returns {Size} */
function bmpSize(bytes) {
  const old = bytes[14] === 12;
  const [width, height] = old
    ? [little.u16(bytes, 18), little.u16(bytes, 20)]
    : [little.u32(bytes, 18), Math.abs(little.u32(bytes, 22) | 0)];
  const depth = little.u16(bytes, old ? 24 : 28);
  const isPlain = old || [0, 3].includes(little.u32(bytes, 30));
  const needed = little.u32(bytes, 10) + 4 * Math.ceil((width * depth) / 32) * height;
  if (isPlain && needed > bytes.length) throw new UserError(DAMAGED);
  return { width, height };
}

/** La mayor de las imágenes que dice llevar: las otras son trozos suyos y miniaturas.
 * @param {Uint8Array} bytes @returns {Size} */
function isoSize(bytes) {
  if (letters(bytes, 8, 12) === "avis") throw new UserError(MOVING);
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 2 ** 16));
  const sizes = [...head.matchAll(/ispe/g)].map(({ index }) => ({
    width: u32(bytes, index + 8),
    height: u32(bytes, index + 12),
  }));
  const area = (/** @type {Size} */ { width, height }) => width * height;
  return sizes.reduce((most, size) => (area(size) > area(most) ? size : most), {
    width: 0,
    height: 0,
  });
}

/** @type {Record<Format, (bytes: Uint8Array) => Size>} */
const SIZES = {
  JPEG: jpegSize,
  PNG: pngSize,
  WEBP: webpSize,
  GIF: gifSize,
  BMP: bmpSize,
  AVIF: isoSize,
  HEIC: isoSize,
};

/** @param {Size} size lanza UserError si no se puede abrir una foto así */
export function checkSize({ width, height }) {
  if (!width || !height) throw new UserError(DAMAGED);
  if (Math.max(width, height) > MAX_SIDE) {
    throw new UserError("La foto tiene un lado de más de 16 384 píxeles: redúcela antes.");
  }
  if (width * height > MAX_PIXELS) {
    throw new UserError("La foto tiene más de 50 millones de píxeles: redúcela antes.");
  }
}

/**
 * Mira si los bytes son los de una foto que se puede intentar abrir.
 *
 * @param {Uint8Array} bytes
 * @returns {{ format: Format } & Size} lo que mide, sin girar; un HEIC puede no decirlo (0x0)
 */
export function inspect(bytes) {
  if (!bytes.length) throw new UserError(EMPTY);
  const format = sniff(bytes);
  const size = SIZES[format](bytes);
  if (format !== "HEIC" || size.width) checkSize(size);
  return { format, ...size };
}
