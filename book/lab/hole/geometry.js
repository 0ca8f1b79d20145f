/**
 * Puntos, tamaños y rectángulos de una foto, y lo que un hueco tiene en ellos.
 *
 * Los puntos van en píxeles de la foto: el centro del primero es (0.5, 0.5).
 *
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ width: number, height: number }} Size
 *
 * @typedef {object} Rect Los píxeles desde `left` y `top` hasta antes de `right` y `bottom`.
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 */

/**
 * Lo que dos rectángulos tienen en común; si nada, uno sin píxeles.
 *
 * @param {Rect} one
 * @param {Rect} other
 * @returns {Rect}
 */
export function intersection(one, other) {
  const [left, top] = [Math.max(one.left, other.left), Math.max(one.top, other.top)];
  return {
    left,
    top,
    right: Math.max(left, Math.min(one.right, other.right)),
    bottom: Math.max(top, Math.min(one.bottom, other.bottom)),
  };
}

/** Lo que queda de un rectángulo dentro de la foto. @param {Rect} rect @param {Size} size */
export function clip(rect, { width, height }) {
  return intersection({ left: 0, top: 0, right: width, bottom: height }, rect);
}

/** @param {Rect} rect */
export function isEmpty({ left, top, right, bottom }) {
  return left >= right || top >= bottom;
}

/**
 * El menor rectángulo que abarca los dos.
 *
 * @param {Rect | null} one
 * @param {Rect} other
 * @returns {Rect}
 */
export function union(one, other) {
  if (!one || isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/**
 * Copia en un hueco lo que otro, de la misma foto, tiene en un rectángulo.
 *
 * @param {Uint8Array} to
 * @param {Uint8Array} from
 * @param {Rect} rect
 * @param {number} width de la foto
 */
export function copyRect(to, from, { left, top, right, bottom }, width) {
  for (let row = top; row < bottom; row++) {
    const start = row * width + left;
    to.set(from.subarray(start, row * width + right), start);
  }
}

/**
 * Las tiras de unos de una fila. Buscarlas así es mucho más rápido que ir píxel a píxel.
 *
 * @param {Uint8Array} row
 * @param {(start: number, end: number) => void} visit desde `start` hasta antes de `end`
 */
export function eachRun(row, visit) {
  let start = row.indexOf(1);
  while (start !== -1) {
    const zero = row.indexOf(0, start);
    const end = zero === -1 ? row.length : zero;
    visit(start, end);
    start = row.indexOf(1, end);
  }
}

/**
 * El menor rectángulo con todo lo pintado, o nada si no hay nada pintado.
 *
 * @param {Uint8Array} hole
 * @param {Size} size
 * @returns {Rect | null}
 */
export function bounds(hole, { width, height }) {
  const rect = { left: width, top: height, right: 0, bottom: 0 };
  for (let i = hole.indexOf(1); i !== -1; i = hole.indexOf(1, i + 1)) {
    const [row, column] = [Math.floor(i / width), i % width];
    rect.top = Math.min(rect.top, row);
    rect.bottom = row + 1;
    rect.left = Math.min(rect.left, column);
    rect.right = Math.max(rect.right, column + 1);
  }
  return rect.bottom ? rect : null;
}
