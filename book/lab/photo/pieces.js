/**
 * Lo que una restauración cambia de una foto, a trozos: con ellos se pone y se quita.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {Picture & { left: number, top: number }} Piece Un trozo y dónde va.
 */

/** Lado de cada trozo, sin su margen. */
const SIDE = 128;

/** Lo que se repite del trozo vecino: al dibujarlos más grandes o más pequeños, no hay costura. */
const MARGIN = 4;

/** @param {Picture} picture @param {Piece} where @returns {Piece} */
function crop({ data, width }, { left, top, width: across, height }) {
  const cut = new Uint8ClampedArray(4 * across * height);
  for (let row = 0; row < height; row++) {
    const start = 4 * ((top + row) * width + left);
    cut.set(data.subarray(start, start + 4 * across), 4 * row * across);
  }
  return { data: cut, left, top, width: across, height };
}

/**
 * Los mismos trozos, antes y después. Fuera del hueco, los dos son iguales.
 *
 * @param {Picture} before
 * @param {Picture} after
 * @param {Uint8Array} hole por filas, 1 donde ha podido cambiar
 * @returns {{ before: Piece[], after: Piece[] }}
 */
export function changedPieces(before, after, hole) {
  const { width, height } = before;
  const data = new Uint8ClampedArray();
  /** @type {Piece[]} */
  const places = [];
  for (let y = 0; y < height; y += SIDE) {
    const bottom = Math.min(y + SIDE, height);
    for (let x = 0; x < width; x += SIDE) {
      const right = Math.min(x + SIDE, width);
      let row = y;
      while (row < bottom && !hole.subarray(row * width + x, row * width + right).includes(1)) row++;
      if (row === bottom) continue;
      const [left, top] = [Math.max(x - MARGIN, 0), Math.max(y - MARGIN, 0)];
      const across = Math.min(right + MARGIN, width) - left;
      places.push({ data, left, top, width: across, height: Math.min(bottom + MARGIN, height) - top });
    }
  }
  return {
    before: places.map((place) => crop(before, place)),
    after: places.map((place) => crop(after, place)),
  };
}

/** @param {Picture} picture cambia @param {readonly Piece[]} pieces */
export function paste({ data, width }, pieces) {
  for (const { data: cut, left, top, width: across, height } of pieces) {
    for (let row = 0; row < height; row++) {
      const from = 4 * row * across;
      data.set(cut.subarray(from, from + 4 * across), 4 * ((top + row) * width + left));
    }
  }
}
