/**
 * El hueco de un dibujo. Es `mask_hole` de `pix2pix_lib/restoration/holes.py`, en el navegador.
 *
 * @typedef {import("./masks.js").Picture} Picture
 */

import { UserError } from "./errors.js";

/** Rojo, verde y azul en el gris de Pillow, en partes de 2 ** 16. */
const [RED, GREEN, BLUE] = [19595, 38470, 7471];

/**
 * @param {Picture} drawing opaco: negro, lo que se borra
 * @param {{ width: number, height: number }} photo
 * @returns {Uint8Array} por filas, 1 donde se borra
 * @throws {UserError} si no miden lo mismo
 */
export function maskHole({ data, width, height }, photo) {
  if (width !== photo.width || height !== photo.height) {
    throw new UserError(
      `La máscara mide ${width}x${height} y la foto, ${photo.width}x${photo.height}: han de medir ` +
        "lo mismo.",
    );
  }
  const hole = new Uint8Array(width * height);
  for (let pixel = 0, i = 0; pixel < hole.length; pixel++, i += 4) {
    const gray = (RED * data[i] + GREEN * data[i + 1] + BLUE * data[i + 2] + 2 ** 15) >> 16;
    hole[pixel] = Number(gray < 128);
  }
  return hole;
}
