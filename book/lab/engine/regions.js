/**
 * Una parte de una foto: sacarla, y ponerla en su sitio.
 *
 * @typedef {import("../numeric/components.js").Box} Box
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {Picture & { left: number, top: number }} Region Una parte, y dónde va.
 */

/**
 * @template {Uint8Array | Uint8ClampedArray} Values
 * @param {Values} values por filas
 * @param {number} width cuántos en cada fila
 * @param {Box} box
 * @returns {Values} los de dentro de la caja, por filas
 */
export function cut(values, width, [top, left, bottom, right]) {
  const across = right - left;
  const made = /** @type {Values} */ (values.slice(0, (bottom - top) * across));
  for (let row = top; row < bottom; row++) {
    const start = row * width + left;
    made.set(values.subarray(start, start + across), (row - top) * across);
  }
  return made;
}

/** @param {Picture} picture @param {Box} box @returns {Region} */
export function crop({ data, width }, [top, left, bottom, right]) {
  return {
    data: cut(data, 4 * width, [top, 4 * left, bottom, 4 * right]),
    left,
    top,
    width: right - left,
    height: bottom - top,
  };
}

/** @param {Picture} picture cambia @param {Region} region */
export function paste({ data, width }, { data: part, left, top, width: across, height }) {
  for (let row = 0; row < height; row++) {
    const from = 4 * row * across;
    data.set(part.subarray(from, from + 4 * across), 4 * ((top + row) * width + left));
  }
}
