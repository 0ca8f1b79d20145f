/**
 * Abre una foto como se ve y guarda la retocada como estaba la original: su tamaño, su formato, su
 * perfil de color y sus datos EXIF. Es lo que hace `pix2pix_lib/photos.py`, en el navegador.
 */

import { UserError } from "./errors.js";
import { checkSize, DAMAGED, inspect } from "./formats.js";
import {
  bare,
  dressJpeg,
  dressWebp,
  isLossless,
  jpegQuality,
  pngExtras,
  readMetadata,
} from "./metadata.js";
import { encodePng } from "./png.js";

/**
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./formats.js").Format} Format
 * @typedef {{ blob: Blob, extension: string }} Written la extensión, sin punto
 */

export const OUT_OF_MEMORY =
  "No hay memoria para una foto tan grande: cierra otras pestañas o redúcela antes.";

const UNREACHABLE = "No se puede leer el fichero: comprueba que sigue ahí y elígelo otra vez.";
const FALSIFIED =
  "El navegador falsea los píxeles para que no te sigan: permite aquí el «lienzo» (canvas).";

/** Qué decir si el navegador no sabe abrir una foto de estos formatos.
 * @type {Partial<Record<Format, string>>} */
const UNSUPPORTED = {
  HEIC: "Este navegador no abre fotos HEIC: guárdala como JPEG con el móvil o con otro programa.",
  AVIF: "Este navegador no abre esta foto AVIF: guárdala como JPEG o PNG con otro programa.",
};

/** Formatos cuyo perfil se copia al guardar: sus niveles se dejan como están. */
const COPIED = ["JPEG", "PNG", "WEBP"];

/** Niveles que puede errar un camino hasta los píxeles; uno falseado yerra muchos más. */
const TOLERANCE = 4;

/** Calidad de un WebP con pérdida, que no dice la suya. */
const WEBP_QUALITY = 0.9;

/** @param {string} format @param {Uint8Array[]} parts @returns {Blob} */
const blobOf = (format, parts) =>
  new Blob(/** @type {BlobPart[]} */ (parts), { type: `image/${format}` });

/** @type {(format: string, parts: Uint8Array[], extension?: string) => Written} */
const written = (format, parts, extension = format) => ({ blob: blobOf(format, parts), extension });

/** @param {unknown} error */
const isMemory = (error) => error instanceof RangeError || /memory|alloc/i.test(String(error));

/** @param {Blob} file @returns {Promise<Uint8Array>} */
async function read(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new UserError(isMemory(error) ? OUT_OF_MEMORY : UNREACHABLE);
  }
}

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
async function pixelsOf(bitmap) {
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
 * @param {Uint8Array} bytes
 * @param {Format} format
 * @returns {Promise<ImageBitmap>} sin girar
 */
async function decode(bytes, format) {
  const blob = blobOf(format.toLowerCase(), [bare(bytes, format)]);
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
 * @param {Uint8ClampedArray} data */
export function whiten(data) {
  for (let i = 3; i < data.length; i += 4) {
    const alpha = data[i];
    if (alpha === 255) continue;
    for (let c = i - 3; c < i; c++) data[c] = 255 - alpha + (data[c] * alpha) / 255;
    data[i] = 255;
  }
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
 * Abre una foto: derecha, opaca, con lo transparente en blanco y con los niveles del fichero, que
 * significan lo que diga su perfil de color.
 *
 * @param {Blob} file
 * @returns {Promise<{ picture: Picture, kind: Format }>} lanza UserError si no se puede
 */
export async function openPhoto(file) {
  const bytes = await read(file);
  const { format } = inspect(bytes);
  const bitmap = await decode(bytes, format);
  try {
    const { width, height } = bitmap;
    checkSize(bitmap);
    const data = await pixelsOf(bitmap);
    whiten(data);
    const { turn } = readMetadata(bytes, format);
    return { picture: turned({ data, width, height }, turn), kind: format };
  } catch (error) {
    throw isMemory(error) ? new UserError(OUT_OF_MEMORY) : error;
  } finally {
    bitmap.close();
  }
}

/**
 * @param {Picture} picture
 * @param {string} type
 * @param {number} quality de 0 a 1
 * @returns {Promise<Uint8Array | null>} null si este navegador no puede
 */
async function encode(picture, type, quality) {
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

/** @param {Picture} picture @param {Uint8Array} original @returns {Promise<Written>} */
async function writeAs(picture, original) {
  const { format } = inspect(original);
  const metadata = readMetadata(original, format);
  if (format === "JPEG") {
    const encoded = await encode(picture, "image/jpeg", jpegQuality(original) / 100);
    if (encoded) return written("jpeg", dressJpeg(encoded, metadata), "jpg");
  }
  if (format === "WEBP") {
    const lossless = isLossless(original);
    const encoded = await encode(picture, "image/webp", lossless ? 1 : WEBP_QUALITY);
    if (encoded && (!lossless || isLossless(encoded))) {
      return written("webp", dressWebp(encoded, metadata, picture));
    }
  }
  return written("png", await encodePng(picture, await pngExtras(metadata)));
}

/**
 * Escribe una foto retocada a su tamaño y en el formato de la original, o en PNG si el navegador no
 * sabe o el formato no es JPEG ni WebP. Un PNG, o un WebP sin pérdida, no pierde ni un bit.
 *
 * @param {Picture} picture
 * @param {Uint8Array} original los bytes del fichero que abrió `openPhoto`
 * @returns {Promise<Written>}
 */
export async function writeLike(picture, original) {
  try {
    return await writeAs(picture, original);
  } catch (error) {
    throw isMemory(error) ? new UserError(OUT_OF_MEMORY) : error;
  }
}

/**
 * @param {string} name el de la foto original
 * @param {string} extension sin punto
 * @returns {string} «foto.jpg» es «foto_restaurada.jpg»
 */
export function downloadName(name, extension) {
  return `${name.replace(/\.\w{1,5}$/, "") || "foto"}_restaurada.${extension}`;
}
