/**
 * Guarda la foto retocada como estaba la original: su tamaño, su formato, su perfil de color y sus
 * datos EXIF. Es lo que hace `pix2pix_lib/restoration/saving.py`, en el navegador.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {{ blob: Blob, extension: string }} Written la extensión, sin punto
 */

import { isMemory, OUT_OF_MEMORY, UserError } from "../engine/errors.js";
import { inspect } from "./formats.js";
import { dressJpeg, dressWebp, isLossless, pngExtras, readMetadata } from "./metadata.js";
import { encode } from "./pixels.js";
import { encodePng } from "./png.js";
import { jpegQuality } from "./quality.js";

/** Calidad de un WebP con pérdida, que no dice la suya. */
const WEBP_QUALITY = 0.9;

/** @type {(format: string, parts: Uint8Array[], extension?: string) => Written} */
const written = (format, parts, extension = format) => ({
  blob: new Blob(/** @type {BlobPart[]} */ (parts), { type: `image/${format}` }),
  extension,
});

/** @param {Picture} picture @param {Uint8Array} original @param {(share: number) => void} [onProgress]
 * @returns {Promise<Written>} */
async function writeAs(picture, original, onProgress) {
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
  return written("png", await encodePng(picture, await pngExtras(metadata), onProgress));
}

/**
 * Escribe una foto retocada a su tamaño y en el formato de la original, o en PNG si el navegador no
 * sabe o el formato no es JPEG ni WebP. Un PNG, o un WebP sin pérdida, no pierde ni un bit.
 *
 * @param {Picture} picture
 * @param {Uint8Array} original los bytes del archivo que abrió `openPhoto`
 * @param {(share: number) => void} [onProgress] de 0 a 1, si se puede saber: en un PNG
 * @returns {Promise<Written>}
 */
export async function writeLike(picture, original, onProgress) {
  try {
    return await writeAs(picture, original, onProgress);
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
