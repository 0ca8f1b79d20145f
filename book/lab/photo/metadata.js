/** Lo que una foto lleva además de sus píxeles: el perfil de color y los datos EXIF. */

import {
  codes,
  join,
  jpegSegments,
  letters,
  pngChunks,
  u16,
  u32,
  webpChunks,
} from "./containers.js";
import { cleanExif, orientationOf } from "./exif.js";
import { isFrame } from "./formats.js";
import { isSound, pngChunk, profileChunk } from "./png.js";

/**
 * @typedef {import("./containers.js").Segment} Segment
 * @typedef {import("./formats.js").Format} Format
 *
 * @typedef {object} Metadata
 * @property {Uint8Array | null} profile el perfil ICC de un JPEG o un WebP
 * @property {Uint8Array[]} colors los trozos de un PNG que dicen qué color es cada nivel
 * @property {Uint8Array | null} exif sin el giro ni la miniatura
 * @property {number} turn cómo hay que girarla, de 1 (nada) a 8, como lo dice EXIF
 *
 * @typedef {{ profile?: Uint8Array | null, colors?: Uint8Array[], exif?: Uint8Array }} Found
 */

const EXIF = "Exif\0\0";
const ICC = "ICC_PROFILE\0";
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;
const TABLES = 0xdb;

/** Bytes de un perfil que caben en un tramo de un JPEG. */
const PIECE = 2 ** 16 - 1 - 2 - ICC.length - 2;

const PNG_COLORS = ["iCCP", "cICP", "sRGB", "gAMA", "cHRM"];
const PNG_PIXELS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const WEBP_PIXELS = ["VP8X", "ALPH", "VP8 ", "VP8L"];

const WEBP_ALPHA = 0x10;
const WEBP_PROFILE = 0x20;
const WEBP_EXIF = 0x08;

/** La tabla de cuantización de la luz de libjpeg a calidad 50, en zigzag. */
const LUMINANCE = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
  29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
  95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/** Calidad con la que se guarda un JPEG que no dice la suya. */
const DEFAULT_QUALITY = 90;

/** @param {Uint8Array} bytes @param {string} text */
const startsWith = (bytes, text) => letters(bytes, 0, text.length) === text;

/** @param {number} value @returns {Uint8Array} */
const little32 = (value) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

/** El perfil, si es el de una imagen en color y está entero.
 * @param {Uint8Array} profile */
function checkProfile(profile) {
  const isWhole = u32(profile, 0) === profile.length && letters(profile, 36, 40) === "acsp";
  return isWhole && letters(profile, 16, 20) === "RGB " ? profile : null;
}

/** @param {Uint8Array} bytes @returns {Found} */
function readJpeg(bytes) {
  const segments = jpegSegments(bytes);
  const frame = segments.find(({ marker }) => isFrame(marker));
  const pieces = segments
    .filter(({ marker, data }) => marker === APP2 && startsWith(data, ICC))
    .map(({ data }) => data.subarray(ICC.length))
    .sort((one, other) => one[0] - other[0]);
  const isColor = frame?.data[5] === 3;
  return {
    profile: isColor ? checkProfile(join(pieces.map((piece) => piece.subarray(2)))) : null,
    exif: segments.find(({ marker, data }) => marker === APP1 && startsWith(data, EXIF))?.data,
  };
}

/** @param {Uint8Array} bytes @returns {Found} */
function readPng(bytes) {
  const chunks = pngChunks(bytes);
  const isColor = Boolean(chunks[0].data[9] & 2);
  const kept = PNG_COLORS.filter((type) => isColor || type !== "iCCP");
  const colors = chunks.filter(({ type, whole }) => kept.includes(type) && isSound(whole));
  return {
    colors: colors.map(({ whole }) => whole),
    exif: chunks.find(({ type }) => type === "eXIf")?.data,
  };
}

/** @param {Uint8Array} bytes @returns {Found} */
function readWebp(bytes) {
  const chunks = webpChunks(bytes);
  const profile = chunks.find(({ type }) => type === "ICCP");
  return {
    profile: profile && checkProfile(profile.data),
    exif: chunks.find(({ type }) => type === "EXIF")?.data,
  };
}

/** @type {Partial<Record<Format, (bytes: Uint8Array) => Found>>} */
const READERS = { JPEG: readJpeg, PNG: readPng, WEBP: readWebp };

/**
 * @param {Uint8Array} bytes los de una foto que ha pasado por `inspect`
 * @param {Format} format
 * @returns {Metadata} lo estropeado no está
 */
export function readMetadata(bytes, format) {
  const { profile = null, colors = [], exif } = READERS[format]?.(bytes) ?? {};
  if (!exif) return { profile, colors, exif: null, turn: 1 };
  const tiff = startsWith(exif, EXIF) ? exif.subarray(EXIF.length) : exif;
  return { profile, colors, exif: cleanExif(tiff), turn: orientationOf(tiff) };
}

/** @param {Uint8Array} bytes @returns {Segment[]} */
const bareJpeg = (bytes) =>
  jpegSegments(bytes).filter(
    ({ marker }) => marker <= APP0 || marker === APP14 || (marker > APP15 && marker !== COMMENT),
  );

/** @param {string} type @param {Uint8Array} data @returns {Uint8Array} */
function webpChunk(type, data) {
  const padding = new Uint8Array(data.length % 2);
  return join([codes(type), little32(data.length), data, padding]);
}

/** @param {Uint8Array[]} chunks @returns {Uint8Array[]} */
function riff(chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 4);
  return [codes("RIFF"), little32(length), codes("WEBP"), ...chunks];
}

/** @type {Partial<Record<Format, (bytes: Uint8Array) => Uint8Array[]>>} */
const STRIPPERS = {
  JPEG: (bytes) => [bytes.subarray(0, 2), ...bareJpeg(bytes).map(({ whole }) => whole)],
  PNG: (bytes) => [
    bytes.subarray(0, 8),
    ...pngChunks(bytes).flatMap(({ type, whole }) => (PNG_PIXELS.includes(type) ? whole : [])),
  ],
  WEBP: (bytes) =>
    riff(
      webpChunks(bytes)
        .filter(({ type }) => WEBP_PIXELS.includes(type))
        .map(({ type, data }) =>
          webpChunk(type, type === "VP8X" ? data.with(0, data[0] & WEBP_ALPHA) : data),
        ),
    ),
};

/**
 * Una foto sin nada más que sus píxeles: así, todos los navegadores dan los mismos niveles, ni
 * girados ni convertidos a otro color. De los demás formatos no se quita nada.
 *
 * @param {Uint8Array} bytes
 * @param {Format} format
 * @returns {Uint8Array} de una pieza: Firefox no reconoce un JPEG que le llega a trozos
 */
export function bare(bytes, format) {
  const parts = STRIPPERS[format]?.(bytes);
  return parts ? join(parts) : bytes;
}

/** @param {number} marker @param {Uint8Array[]} parts @returns {Uint8Array} */
function segment(marker, ...parts) {
  const data = join(parts);
  return join([Uint8Array.of(0xff, marker, (data.length + 2) >> 8, data.length + 2), data]);
}

/**
 * @param {Uint8Array} encoded un JPEG recién hecho
 * @param {Metadata} metadata
 * @returns {Uint8Array[]} las partes del mismo JPEG, con esos datos y ninguno más
 */
export function dressJpeg(encoded, { profile, exif }) {
  const segments = bareJpeg(encoded);
  const opening = segments[0]?.marker === APP0 ? 1 : 0;
  const count = Math.ceil((profile?.length ?? 0) / PIECE);
  const pieces = Array.from({ length: count }, (_, i) => {
    const piece = /** @type {Uint8Array} */ (profile).subarray(i * PIECE, (i + 1) * PIECE);
    return segment(APP2, codes(ICC), Uint8Array.of(i + 1, count), piece);
  });
  return [
    encoded.subarray(0, 2),
    ...segments.slice(0, opening).map(({ whole }) => whole),
    ...(exif ? [segment(APP1, codes(EXIF), exif)] : []),
    ...pieces,
    ...segments.slice(opening).map(({ whole }) => whole),
  ];
}

/**
 * @param {Uint8Array} encoded un WebP recién hecho
 * @param {Metadata} metadata
 * @param {{ width: number, height: number }} size
 * @returns {Uint8Array[]} las partes del mismo WebP, con esos datos y ninguno más
 */
export function dressWebp(encoded, { profile, exif }, { width, height }) {
  const pixels = webpChunks(encoded)
    .filter(({ type }) => type === "VP8 " || type === "VP8L")
    .map(({ type, data }) => webpChunk(type, data));
  if (!profile && !exif) return riff(pixels);
  const flags = (profile ? WEBP_PROFILE : 0) | (exif ? WEBP_EXIF : 0);
  const [right, bottom] = [width - 1, height - 1].map((side) => little32(side).subarray(0, 3));
  return riff([
    webpChunk("VP8X", join([little32(flags), right, bottom])),
    ...(profile ? [webpChunk("ICCP", profile)] : []),
    ...pixels,
    ...(exif ? [webpChunk("EXIF", exif)] : []),
  ]);
}

/** Si un WebP guarda cada píxel como es. @param {Uint8Array} bytes */
export const isLossless = (bytes) => webpChunks(bytes).some(({ type }) => type === "VP8L");

/**
 * @param {Metadata} metadata
 * @returns {Promise<Uint8Array[]>} los trozos de un PNG con esos datos
 */
export async function pngExtras({ profile, colors, exif }) {
  const icc = profile ? [await profileChunk(profile)] : [];
  return [...icc, ...colors, ...(exif ? [pngChunk("eXIf", exif)] : [])];
}

/** La tabla de libjpeg para una calidad de 1 a 100. @param {number} quality */
function luminanceAt(quality) {
  const scale = quality < 50 ? Math.trunc(5000 / quality) : 200 - 2 * quality;
  return LUMINANCE.map((level) =>
    Math.min(255, Math.max(1, Math.trunc((level * scale + 50) / 100))),
  );
}

/** La tabla de la luz de un JPEG, en zigzag. @param {Uint8Array} bytes */
function luminanceOf(bytes) {
  const segments = jpegSegments(bytes);
  const wanted = segments.find(({ marker }) => isFrame(marker))?.data[8];
  for (const { data } of segments.filter(({ marker }) => marker === TABLES)) {
    for (let at = 0; at < data.length; ) {
      const step = data[at] >> 4 ? 2 : 1;
      const table = data.subarray(at + 1, at + 1 + 64 * step);
      if ((data[at] & 15) === wanted && table.length === 64 * step) {
        return LUMINANCE.map((_, i) => (step === 2 ? u16(table, 2 * i) : table[i]));
      }
      at += 1 + 64 * step;
    }
  }
  return null;
}

/**
 * @param {Uint8Array} bytes un JPEG
 * @returns {number} la calidad, de 1 a 100, cuya tabla se parece más a la suya
 */
export function jpegQuality(bytes) {
  const table = luminanceOf(bytes);
  if (!table) return DEFAULT_QUALITY;
  const distances = Array.from({ length: 100 }, (_, i) =>
    luminanceAt(i + 1).reduce((sum, level, j) => sum + Math.abs(level - table[j]), 0),
  );
  return distances.lastIndexOf(Math.min(...distances)) + 1;
}
