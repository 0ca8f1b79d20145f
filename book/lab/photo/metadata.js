/** Lo que una foto lleva además de sus píxeles: el perfil de color, los datos EXIF y los textos. */

import {
  codes,
  hasVideo,
  join,
  jpegSegments,
  letters,
  pngChunks,
  u32,
  webpChunks,
} from "./containers.js";
import { cleanExif, MAX_LENGTH, orientationOf } from "./exif.js";
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
 * @property {Uint8Array | null} xmp tampoco
 * @property {Uint8Array | null} density los 5 bytes que dicen la resolución de un JPEG
 * @property {Uint8Array | null} comment el de un JPEG
 * @property {Uint8Array[]} texts los trozos de un PNG con sus textos y su resolución
 * @property {number} turn cómo hay que girarla, de 1 (nada) a 8, como lo dice EXIF
 * @property {string[]} lost lo que la foto tiene y la guardada no tendrá
 *
 * @typedef {Partial<Metadata>} Found
 */

const EXIF = "Exif\0\0";
const ICC = "ICC_PROFILE\0";
const JFIF = "JFIF\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION = "http://ns.adobe.com/xmp/extension/\0";
const XMP_TEXT = "XML:com.adobe.xmp\0";
const MANY = "MPF\0";
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP13 = 0xed;
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;

export const DEEP = "los bits de más de 8 por canal";

/** Bytes de un perfil que caben en un tramo de un JPEG. */
const PIECE = 2 ** 16 - 1 - 2 - ICC.length - 2;

const PNG_COLORS = ["iCCP", "cICP", "sRGB", "gAMA", "cHRM"];
const PNG_TEXTS = ["tEXt", "zTXt", "iTXt", "pHYs"];
const PNG_PIXELS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const WEBP_PIXELS = ["VP8X", "ALPH", "VP8 ", "VP8L"];

const WEBP_ALPHA = 0x10;
const WEBP_PROFILE = 0x20;
const WEBP_EXIF = 0x08;
const WEBP_XMP = 0x04;

/** El giro, que ya está hecho, y la miniatura, que enseñaría la foto sin retocar. */
const NOT_IN_XMP =
  /\s*tiff:Orientation="\d"|<tiff:Orientation>\d<\/tiff:Orientation>|<xmp:Thumbnails>.*?<\/xmp:Thumbnails>/gs;

/** Así empiezan, dentro del tramo APP13 de un JPEG, los datos IPTC. */
const IPTC = "8BIM\x04\x04";

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

/** @param {Uint8Array} xmp @returns {Uint8Array} */
const cleanXmp = (xmp) => codes(letters(xmp).replaceAll(NOT_IN_XMP, ""));

/** @param {Uint8Array} bytes @returns {Found} */
function readJpeg(bytes) {
  const segments = jpegSegments(bytes);
  /** Lo que llevan los tramos que empiezan así. @param {number} wanted @param {string} start */
  const after = (wanted, start) =>
    segments
      .filter(({ marker, data }) => marker === wanted && startsWith(data, start))
      .map(({ data }) => data.subarray(start.length));
  const frame = segments.find(({ marker }) => isFrame(marker));
  const pieces = after(APP2, ICC).sort((one, other) => one[0] - other[0]);
  const components = frame?.data[5];
  const [exif, [xmp], [jfif]] = [after(APP1, EXIF), after(APP1, XMP), after(APP0, JFIF)];
  return {
    profile: components === 3 ? checkProfile(join(pieces.map((piece) => piece.subarray(2)))) : null,
    exif: exif.length ? join(exif) : null,
    xmp: xmp && cleanXmp(xmp),
    density: jfif?.length >= 7 ? jfif.subarray(2, 7) : null,
    comment: segments.find(({ marker }) => marker === COMMENT)?.data,
    lost: Object.entries({
      "las demás imágenes": after(APP2, MANY).length,
      "los colores CMYK": components === 4,
      "los datos XMP extendidos": after(APP1, XMP_EXTENSION).length,
      "los datos IPTC": after(APP13, "").some((data) => letters(data).includes(IPTC)),
      "el vídeo": hasVideo(bytes),
    }).flatMap(([name, has]) => (has ? name : [])),
  };
}

/** @param {Uint8Array} bytes @returns {Found} */
function readPng(bytes) {
  const chunks = pngChunks(bytes);
  const { data: header } = chunks[0];
  const isColor = Boolean(header[9] & 2);
  const kept = PNG_COLORS.filter((type) => isColor || type !== "iCCP");
  const colors = chunks.filter(({ type, whole }) => kept.includes(type) && isSound(whole));
  // Un EXIF metido en un texto diría cómo girarla, y llevaría la miniatura.
  const texts = chunks.filter(
    ({ type, data, whole }) =>
      PNG_TEXTS.includes(type) && isSound(whole) && !startsWith(data, "Raw profile type "),
  );
  return {
    colors: colors.map(({ whole }) => whole),
    exif: chunks.find(({ type }) => type === "eXIf")?.data,
    texts: texts.map(({ type, data, whole }) =>
      type === "iTXt" && startsWith(data, XMP_TEXT) ? pngChunk(type, cleanXmp(data)) : whole,
    ),
    lost: header[8] === 16 ? [DEEP] : [],
  };
}

/** @param {Uint8Array} bytes @returns {Found} */
function readWebp(bytes) {
  const chunks = webpChunks(bytes);
  const [profile, exif, xmp] = ["ICCP", "EXIF", "XMP "].map(
    (wanted) => chunks.find(({ type }) => type === wanted)?.data,
  );
  return {
    profile: profile && checkProfile(profile),
    exif,
    xmp: xmp && cleanXmp(xmp),
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
  /** @type {Metadata} */
  const found = {
    profile: null,
    colors: [],
    exif: null,
    xmp: null,
    density: null,
    comment: null,
    texts: [],
    turn: 1,
    lost: [],
    ...READERS[format]?.(bytes),
  };
  if (!found.exif) return found;
  const tiff = startsWith(found.exif, EXIF) ? found.exif.subarray(EXIF.length) : found.exif;
  const lost = tiff.length > MAX_LENGTH ? [...found.lost, "los datos EXIF"] : found.lost;
  return { ...found, exif: cleanExif(tiff), turn: orientationOf(tiff), lost };
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
export function dressJpeg(encoded, { profile, exif, xmp, density, comment }) {
  const segments = bareJpeg(encoded);
  const opening = segments[0]?.marker === APP0 ? 1 : 0;
  const count = Math.ceil((profile?.length ?? 0) / PIECE);
  const pieces = Array.from({ length: count }, (_, i) => {
    const piece = /** @type {Uint8Array} */ (profile).subarray(i * PIECE, (i + 1) * PIECE);
    return segment(APP2, codes(ICC), Uint8Array.of(i + 1, count), piece);
  });
  return [
    encoded.subarray(0, 2),
    ...(density
      ? [segment(APP0, codes(JFIF), Uint8Array.of(1, 1), density, new Uint8Array(2))]
      : segments.slice(0, opening).map(({ whole }) => whole)),
    ...(exif ? [segment(APP1, codes(EXIF), exif)] : []),
    ...(xmp ? [segment(APP1, codes(XMP), xmp)] : []),
    ...pieces,
    ...(comment ? [segment(COMMENT, comment)] : []),
    ...segments.slice(opening).map(({ whole }) => whole),
  ];
}

/**
 * @param {Uint8Array} encoded un WebP recién hecho
 * @param {Metadata} metadata
 * @param {{ width: number, height: number }} size
 * @returns {Uint8Array[]} las partes del mismo WebP, con esos datos y ninguno más
 */
export function dressWebp(encoded, { profile, exif, xmp }, { width, height }) {
  const pixels = webpChunks(encoded)
    .filter(({ type }) => type === "VP8 " || type === "VP8L")
    .map(({ type, data }) => webpChunk(type, data));
  if (!profile && !exif && !xmp) return riff(pixels);
  const flags =
    (profile ? WEBP_PROFILE : 0) | (exif ? WEBP_EXIF : 0) | (xmp ? WEBP_XMP : 0);
  const [right, bottom] = [width - 1, height - 1].map((side) => little32(side).subarray(0, 3));
  return riff([
    webpChunk("VP8X", join([little32(flags), right, bottom])),
    ...(profile ? [webpChunk("ICCP", profile)] : []),
    ...pixels,
    ...(exif ? [webpChunk("EXIF", exif)] : []),
    ...(xmp ? [webpChunk("XMP ", xmp)] : []),
  ]);
}

/** Si un WebP guarda cada píxel como es. @param {Uint8Array} bytes */
export const isLossless = (bytes) => webpChunks(bytes).some(({ type }) => type === "VP8L");

/**
 * @param {Metadata} metadata
 * @returns {Promise<Uint8Array[]>} los trozos de un PNG con esos datos
 */
export async function pngExtras({ profile, colors, exif, xmp, texts }) {
  const icc = profile ? [await profileChunk(profile)] : [];
  const data = [
    ...(exif ? [pngChunk("eXIf", exif)] : []),
    ...(xmp ? [pngChunk("iTXt", join([codes(XMP_TEXT), new Uint8Array(4), xmp]))] : []),
  ];
  return [...icc, ...colors, ...data, ...texts];
}
