/**
 * Lo que una restauración cambia de una foto, a trozos: con ellos se pone y se quita.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("../engine/regions.js").Region} Piece Un trozo y dónde va.
 */

import { crop, paste as pasteOne } from "../engine/regions.js";

/** Lado de cada trozo, sin su margen. */
const SIDE = 128;

/** Lo que se repite del trozo vecino: al dibujarlos más grandes o más pequeños, no hay costura. */
const MARGIN = 4;

/**
 * Los mismos trozos, antes y después. Fuera del hueco, los dos son iguales.
 *
 * @param {Picture} photo
 * @param {Piece} restored la parte que se ha restaurado
 * @param {Uint8Array} hole de la foto, por filas, 1 donde ha podido cambiar
 * @returns {{ before: Piece[], after: Piece[] }}
 */
export function changedPieces(photo, restored, hole) {
  const { width, height } = photo;
  /** @type {Piece[]} */
  const before = [];
  for (let y = 0; y < height; y += SIDE) {
    const bottom = Math.min(y + SIDE, height);
    for (let x = 0; x < width; x += SIDE) {
      const right = Math.min(x + SIDE, width);
      let row = y;
      while (row < bottom && !hole.subarray(row * width + x, row * width + right).includes(1)) row++;
      if (row === bottom) continue;
      const [left, top] = [Math.max(x - MARGIN, 0), Math.max(y - MARGIN, 0)];
      const end = [Math.min(bottom + MARGIN, height), Math.min(right + MARGIN, width)];
      before.push(crop(photo, [top, left, end[0], end[1]]));
    }
  }
  return { before, after: before.map((piece) => patched(piece, restored)) };
}

/** @param {Piece} piece @param {Piece} restored @returns {Piece} otro, con lo restaurado que le toca */
function patched(piece, restored) {
  const [top, left] = [Math.max(piece.top, restored.top), Math.max(piece.left, restored.left)];
  const bottom = Math.min(piece.top + piece.height, restored.top + restored.height);
  const right = Math.min(piece.left + piece.width, restored.left + restored.width);
  const made = { ...piece, data: piece.data.slice() };
  const [down, across] = [restored.top, restored.left];
  const part = crop(restored, [top - down, left - across, bottom - down, right - across]);
  pasteOne(made, { ...part, top: top - piece.top, left: left - piece.left });
  return made;
}

/** @param {Picture} picture cambia @param {readonly Piece[]} pieces */
export function paste(picture, pieces) {
  for (const piece of pieces) pasteOne(picture, piece);
}
