/**
 * Lo que se pinta sobre un hueco: trazos de punta redonda y sellos con las máscaras del libro.
 *
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Size} Size
 */

import { COVERAGE, resize } from "../engine/masks.js";
import { clip } from "./geometry.js";

/**
 * Las esquinas del rectángulo, girado, que queda entre las dos puntas de un trazo.
 *
 * @param {Point} from
 * @param {Point} to
 * @param {number} radius
 * @returns {Point[]}
 */
function corners(from, to, radius) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return [];
  const [x, y] = [(radius * (from.y - to.y)) / length, (radius * (to.x - from.x)) / length];
  return [
    { x: from.x + x, y: from.y + y },
    { x: to.x + x, y: to.y + y },
    { x: to.x - x, y: to.y - y },
    { x: from.x - x, y: from.y - y },
  ];
}

/**
 * Entre qué dos abscisas corta una horizontal a un trazo, salvo el redondeo.
 *
 * @param {number} y
 * @param {readonly Point[]} tips
 * @param {readonly Point[]} quad
 * @param {number} radius
 * @returns {[number, number]} la primera es mayor si no lo corta
 */
function cut(y, tips, quad, radius) {
  let [start, end] = [Infinity, -Infinity];
  for (const tip of tips) {
    const height = Math.abs(y - tip.y);
    if (height > radius) continue;
    const half = Math.sqrt((radius - height) * (radius + height));
    [start, end] = [Math.min(start, tip.x - half), Math.max(end, tip.x + half)];
  }
  quad.forEach((one, i) => {
    const other = quad[(i + 1) % quad.length];
    if (y < Math.min(one.y, other.y) || y > Math.max(one.y, other.y) || one.y === other.y) return;
    const x = one.x + ((other.x - one.x) * (y - one.y)) / (other.y - one.y);
    [start, end] = [Math.min(start, x), Math.max(end, x)];
  });
  return [start, end];
}

/**
 * Pinta los píxeles cuyo centro está a `radius` o menos de un segmento.
 *
 * @param {Uint8Array} hole por filas; cambia
 * @param {Size} size de la foto
 * @param {Point} from
 * @param {Point} to igual que `from`, un punto
 * @param {number} radius
 * @param {number} value 1 pinta, 0 borra
 * @returns {Rect} dónde puede haber cambiado
 */
export function paintCapsule(hole, size, from, to, radius, value) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = x * x + y * y;
  /** @param {number} column @param {number} row */
  const falls = (column, row) => {
    const [right, down] = [column + 0.5 - from.x, row + 0.5 - from.y];
    const along = length && Math.min(Math.max((right * x + down * y) / length, 0), 1);
    return (right - along * x) ** 2 + (down - along * y) ** 2 <= radius * radius;
  };
  const rect = clip(
    {
      left: Math.floor(Math.min(from.x, to.x) - radius),
      top: Math.floor(Math.min(from.y, to.y) - radius),
      right: Math.ceil(Math.max(from.x, to.x) + radius),
      bottom: Math.ceil(Math.max(from.y, to.y) + radius),
    },
    size,
  );
  const quad = corners(from, to, radius);
  for (let row = rect.top; row < rect.bottom; row++) {
    const [start, end] = cut(row + 0.5, [from, to], quad, radius);
    let first = Math.max(rect.left, Math.round(start));
    let last = Math.min(rect.right - 1, Math.round(end) - 1);
    // El redondeo puede dejarse fuera o dentro el píxel de cada punta.
    while (first > rect.left && falls(first - 1, row)) first--;
    while (first <= last && !falls(first, row)) first++;
    while (last + 1 < rect.right && last + 1 >= first && falls(last + 1, row)) last++;
    while (last >= first && !falls(last, row)) last--;
    if (first <= last) hole.fill(value, row * size.width + first, row * size.width + last + 1);
  }
  return rect;
}

/** El último sello calculado: al arrastrarlo, no cambia. */
const stamp = { mask: new Uint8Array(), side: 0, covered: new Uint8Array() };

/**
 * Lo que cubre una máscara ampliada o reducida a `side`, como `window` de `masks.js`.
 *
 * @param {Uint8Array} mask 50x50, 1 donde borra
 * @param {number} side
 */
function covered(mask, side) {
  if (stamp.mask === mask && stamp.side === side) return stamp.covered;
  const covers = resize(
    mask.map((erases) => erases * 255),
    side,
  );
  // Con bucles, y no con `map`, que aquí tarda varias veces más: puede haber millones de píxeles.
  let most = 0;
  for (let i = 0; i < covers.length; i++) if (covers[i] > most) most = covers[i];
  const threshold = Math.min(255 * COVERAGE, most);
  for (let i = 0; i < covers.length; i++) covers[i] = covers[i] >= threshold ? 1 : 0;
  Object.assign(stamp, { mask, side, covered: covers });
  return covers;
}

/**
 * Pinta una de las máscaras del libro, de `side` píxeles de lado.
 *
 * @param {Uint8Array} hole por filas; cambia
 * @param {Size} size de la foto
 * @param {Uint8Array} mask 50x50, por filas, 1 donde borra; no ha de cambiar después
 * @param {Point} center
 * @param {number} side entero
 * @param {number} value 1 pinta, 0 borra
 * @returns {Rect} dónde puede haber cambiado
 */
export function paintStamp(hole, size, mask, center, side, value) {
  const [left, top] = [Math.round(center.x - side / 2), Math.round(center.y - side / 2)];
  const rect = clip({ left, top, right: left + side, bottom: top + side }, size);
  const covers = covered(mask, side);
  for (let row = rect.top; row < rect.bottom; row++) {
    const offset = (row - top) * side - left;
    for (let column = rect.left; column < rect.right; column++) {
      if (covers[offset + column]) hole[row * size.width + column] = value;
    }
  }
  return rect;
}
