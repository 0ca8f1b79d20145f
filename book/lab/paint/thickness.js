/**
 * El grosor del pincel, en píxeles de la foto.
 *
 * @typedef {import("../hole/geometry.js").Size} Size
 */

/** El mayor grosor: la mitad del lado menor de la foto. @param {Size} photo */
export function thickest({ width, height }) {
  return Math.max(1, Math.floor(Math.min(width, height) / 2));
}

/**
 * El grosor de una posición del deslizador: a pasos iguales, se multiplica por lo mismo.
 *
 * @param {number} position de 0 a 1
 * @param {Size} photo
 */
export function thicknessAt(position, photo) {
  return Math.round(thickest(photo) ** position);
}

/** @param {number} thickness @param {Size} photo @returns {number} de 0 a 1 */
export function positionOf(thickness, photo) {
  const most = thickest(photo);
  return most === 1 ? 0 : Math.log(thickness) / Math.log(most);
}

/**
 * El grosor siguiente: un sexto más o menos, y al menos un píxel.
 *
 * @param {number} thickness
 * @param {1 | -1} direction
 * @param {Size} photo
 */
export function nextThickness(thickness, direction, photo) {
  const step = Math.max(1, Math.round(thickness / 6));
  return Math.min(thickest(photo), Math.max(1, thickness + direction * step));
}
