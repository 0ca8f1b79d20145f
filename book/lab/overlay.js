/**
 * Lo pintado, como se ve encima de la foto: magenta, a rayas y con un borde blanco y negro, para
 * que destaque sobre cualquier color. Se calcula solo para los píxeles de la pantalla que se piden.
 *
 * @typedef {import("./pyramid.js").Level} Level
 * @typedef {import("./strokes.js").Rect} Rect
 * @typedef {import("./viewport.js").View} View en píxeles del lienzo
 */

/** Colores en el orden de la memoria: alfa, azul, verde y rojo. */
const [FILL, STRIPE, RING, EDGE] = [0x85ff00ff, 0xbfe000e0, 0xf0ffffff, 0xa0000000];

/** Lo que se repiten las rayas y lo que mide cada una, en bordes. */
const [PERIOD, STRIPE_WIDTH] = [9, 2];

/**
 * El primer y el último píxel de un nivel que caen bajo cada píxel de la pantalla.
 *
 * @param {number} start el primer píxel de la pantalla
 * @param {number} count
 * @param {number} corner dónde cae la esquina de la foto
 * @param {number} scale píxeles de la pantalla por píxel del nivel
 * @param {number} length del nivel
 */
function footprints(start, count, corner, scale, length) {
  const [first, last] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    const from = (start + i - corner) / scale;
    const to = from + 1 / scale;
    const middle = Math.floor((from + to) / 2);
    first[i] = scale >= 1 ? middle : Math.floor(from);
    last[i] = scale >= 1 ? middle : Math.ceil(to) - 1;
    if (first[i] >= length || last[i] < 0) [first[i], last[i]] = [1, 0];
    else [first[i], last[i]] = [Math.max(first[i], 0), Math.min(last[i], length - 1)];
  }
  return { first, last };
}

/**
 * Qué píxeles de un trozo de la pantalla tienen debajo algo pintado.
 *
 * @param {readonly Level[]} levels
 * @param {View} view
 * @param {Rect} rect
 */
export function sample(levels, view, { left, top, right, bottom }) {
  const depth = Math.min(levels.length - 1, Math.max(0, Math.floor(-Math.log2(view.scale))));
  const { data, width, height } = levels[depth];
  const scale = view.scale * 2 ** depth;
  const columns = footprints(left, right - left, view.x, scale, width);
  const rows = footprints(top, bottom - top, view.y, scale, height);
  const across = right - left;
  const mask = new Uint8Array(across * (bottom - top));
  for (let row = 0; row < bottom - top; row++) {
    const [first, last] = [rows.first[row], rows.last[row]];
    if (row > 0 && first === rows.first[row - 1] && last === rows.last[row - 1]) {
      mask.copyWithin(row * across, (row - 1) * across, row * across);
      continue;
    }
    for (let source = first; source <= last; source++) {
      const offset = source * width;
      if (!data.subarray(offset, offset + width).includes(1)) continue;
      for (let column = 0; column < across; column++) {
        const end = columns.last[column];
        for (let i = columns.first[column]; i <= end; i++) {
          mask[row * across + column] |= data[offset + i];
        }
      }
    }
  }
  return mask;
}

/**
 * Engorda lo pintado `reach` píxeles hacia cada lado.
 *
 * @param {Uint8Array} mask @param {number} width @param {number} reach
 */
function dilate(mask, width, reach) {
  const rows = mask.length / width;
  const result = new Uint8Array(mask.length);
  for (let row = 0; row < rows; row++) {
    const from = mask.subarray(row * width, (row + 1) * width);
    for (let start = from.indexOf(1), end; start !== -1; start = from.indexOf(1, end)) {
      end = from.indexOf(0, start);
      if (end === -1) end = width;
      const [left, right] = [Math.max(0, start - reach), Math.min(width, end + reach)];
      for (let to = Math.max(0, row - reach); to <= Math.min(rows - 1, row + reach); to++) {
        result.fill(1, to * width + left, to * width + right);
      }
    }
  }
  return result;
}

/**
 * Los colores de un trozo de la pantalla.
 *
 * @param {readonly Level[]} levels
 * @param {View} view
 * @param {Rect} rect
 * @param {number} line grosor de cada borde
 * @returns {Uint32Array<ArrayBuffer>}
 */
export function colors(levels, view, { left, top, right, bottom }, line) {
  const width = right - left;
  const margin = 2 * line;
  const across = width + 2 * margin;
  const mask = sample(levels, view, {
    left: left - margin,
    top: top - margin,
    right: right + margin,
    bottom: bottom + margin,
  });
  const result = new Uint32Array(width * (bottom - top));
  if (!mask.includes(1)) return result;
  const ring = dilate(mask, across, line);
  const edge = dilate(ring, across, line);
  const [period, stripe] = [PERIOD * line, STRIPE_WIDTH * line];
  // Las rayas van con la foto: al moverla, no bailan.
  const phase = (((left + top - view.x - view.y) % period) + period) % period;
  for (let row = 0; row < bottom - top; row++) {
    for (let column = 0; column < width; column++) {
      const i = (row + margin) * across + column + margin;
      if (!edge[i]) continue;
      const inside = (phase + row + column) % period < stripe ? STRIPE : FILL;
      result[row * width + column] = mask[i] ? inside : ring[i] ? RING : EDGE;
    }
  }
  return result;
}
