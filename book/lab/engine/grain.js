/**
 * El grano: la textura fina que ninguna red que minimiza un error se atreve a inventar.
 *
 * Es `pix2pix_lib/restoration/grain.py` en el navegador: si cambias uno, cambia el otro.
 *
 * @typedef {import("../numeric/components.js").Box} Box
 * @typedef {import("./masks.js").Picture} Picture
 *
 * @typedef {{ left: number, top: number }} Place
 *
 * @typedef {object} Near Lo que rodea a un trozo de hueco, de tres en tres valores.
 * @property {Float32Array} around los colores
 * @property {Float32Array} smooth los mismos, desenfocados
 * @property {Uint8Array} spoiled 1 donde la textura no vale
 * @property {number} width
 * @property {number} height
 *
 * @typedef {{ tile: Box, pixels: number[] }} Cell Un trozo y lo que es hueco en él.
 */

import { connectedComponents } from "../numeric/components.js";
import { dilate, gaussianBlur } from "../numeric/filters.js";

const { fround } = Math;

/** Qué parte de la energía del gradiente del trozo de al lado se quiere en el hueco. */
const WANTED = 0.7;

/** El grano se elige por trozos de estos píxeles de lado, como mucho. */
const CELL = 24;

/** Lo que pasa de tantas veces la mediana no es grano, sino dibujo (una pestaña): se recorta. */
const LIMIT = 2.5;

/** Dónde se busca textura: a qué distancia, en veces el lado del trozo, y hacia dónde. */
const OFFSETS = [1, 1.5, 2.2, 3.2].flatMap((distance) =>
  Array.from({ length: 16 }, (_, i) => {
    const angle = i * ((2 * Math.PI) / 16);
    return { distance, down: Math.sin(angle), right: Math.cos(angle) };
  }),
);

/** Píxeles entre el trozo y lo más cerca que se busca. */
const GAP = 8;

/** Lo que rodea a los trozos de un cuadrado de estos píxeles se desenfoca de una vez. */
const BLOCK = 256;

/** Hasta dónde, alrededor del trozo, hay algo que mirar. */
const REACH = Math.trunc(3.2 * CELL) + GAP + 4;

/**
 * El entero más cercano y, a medio camino, el par: lo que hace `round` en Python.
 *
 * @param {number} value
 */
function round(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/**
 * @param {number} start
 * @param {number} stop
 * @param {number} side
 * @param {number} origin desde dónde se cuenta en la foto: se redondea allí
 * @returns {number[]} dónde cortar entre los dos para que ningún trozo pase de `side`
 */
function cuts(start, stop, side, origin) {
  const count = Math.ceil((stop - start) / side);
  const step = (stop - start) / count;
  const edges = Array.from({ length: count }, (_, i) => Math.trunc(i * step + (start + origin)) - origin);
  return [...edges, stop];
}

/**
 * Parte una caja en otras de `side` píxeles como mucho.
 *
 * @param {Box} box
 * @param {number} side
 * @param {Place} origin dónde cae en la foto lo que se parte
 * @returns {Generator<Box>}
 */
export function* tiles([top, left, bottom, right], side, origin) {
  const rows = cuts(top, bottom, side, origin.top);
  const columns = cuts(left, right, side, origin.left);
  for (let i = 1; i < rows.length; i++) {
    for (let j = 1; j < columns.length; j++) {
      yield [rows[i - 1], columns[j - 1], rows[i], columns[j]];
    }
  }
}

/**
 * @param {Picture} restored
 * @param {Uint8Array} spoiled
 * @param {Box} box
 * @returns {Near}
 */
function lookNear(restored, spoiled, [top, left, bottom, right]) {
  const [width, height] = [right - left, bottom - top];
  const around = new Float32Array(3 * width * height);
  const near = new Uint8Array(width * height);
  for (let row = 0, i = 0; row < height; row++) {
    const start = (top + row) * restored.width + left;
    near.set(spoiled.subarray(start, start + width), row * width);
    for (let from = 4 * start; from < 4 * (start + width); from += 4) {
      for (let c = 0; c < 3; c++) around[i++] = restored.data[from + c];
    }
  }
  const smooth = gaussianBlur(around, { width, height });
  return { around, smooth, spoiled: near, width, height };
}

/**
 * La suma, en unos píxeles, del cuadrado del gradiente de la luminosidad.
 *
 * @param {(i: number) => number} color cada valor de la imagen
 * @param {{ width: number, height: number }} shape
 * @param {readonly number[]} pixels
 * @returns {number}
 */
function energy(color, { width, height }, pixels) {
  /** @param {number} pixel */
  const light = (pixel) =>
    fround((color(3 * pixel) + color(3 * pixel + 1) + color(3 * pixel + 2)) / 3);
  let sum = 0;
  for (const pixel of pixels) {
    const row = Math.floor(pixel / width);
    const column = pixel % width;
    const up = row > 0 ? 1 : 0;
    const down = row < height - 1 ? 1 : 0;
    const left = column > 0 ? 1 : 0;
    const right = column < width - 1 ? 1 : 0;
    const along = (light(pixel + right) - light(pixel - left)) / (left + right);
    const across = (light(pixel + down * width) - light(pixel - up * width)) / (up + down);
    sum += along ** 2 + across ** 2;
  }
  return sum;
}

/**
 * Cuánto hay que moverse, en píxeles por filas, del trozo al que está entero, se conoce y tiene el
 * color más parecido; `null` si alrededor no hay ninguno.
 *
 * @param {Near} near
 * @param {Box} cell el trozo
 * @param {readonly number[]} pixels lo que es hueco en él
 * @returns {number | null}
 */
function similar({ smooth, spoiled, width, height }, [top, left, bottom, right], pixels) {
  const side = Math.max(bottom - top, right - left);
  let best = null;
  let lowest = Infinity;
  for (const { distance, down, right: across } of OFFSETS) {
    const rows = round((distance * side + GAP) * down);
    const columns = round((distance * side + GAP) * across);
    if (Math.min(top + rows, left + columns) < 0) continue;
    if (bottom + rows > height || right + columns > width) continue;
    const shift = rows * width + columns;
    if (pixels.some((pixel) => spoiled[pixel + shift])) continue;
    let sum = 0;
    for (const pixel of pixels) {
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) {
        sum += (smooth[i + 3 * shift] - smooth[i]) ** 2;
      }
    }
    const difference = fround(sum / (3 * pixels.length));
    if (difference < lowest) [best, lowest] = [shift, difference];
  }
  return best;
}

/** @param {Float32Array} values */
function median(values) {
  const sorted = values.toSorted();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * @param {Near} near
 * @param {Box} cell
 * @param {readonly number[]} pixels lo que es hueco en el trozo
 * @returns {Float32Array | null} de qué color queda cada píxel; `null` si no hay de dónde sacarlo
 */
function fillCell(near, cell, pixels) {
  const shift = similar(near, cell, pixels);
  if (shift === null) return null;
  const { around, smooth } = near;
  const source = pixels.map((pixel) => pixel + shift);
  /** @param {number} i */
  const color = (i) => around[i];
  const missing = WANTED * energy(color, near, source) - energy(color, near, pixels);
  const inside = source.flatMap((pixel) => [3 * pixel, 3 * pixel + 1, 3 * pixel + 2]);
  const sizes = Float32Array.from(inside, (i) => Math.abs(around[i] - smooth[i]));
  const limit = fround(LIMIT * median(sizes));
  /** @param {number} i */
  const texture = (i) => Math.min(Math.max(fround(around[i] - smooth[i]), -limit), limit);
  const available = energy(texture, near, source);
  const gain = Math.sqrt(Math.min(Math.max(missing / Math.max(available, 1e-6), 0), 1));
  return Float32Array.from(inside, (i) => around[i - 3 * shift] + gain * texture(i));
}

/**
 * Los píxeles de un trozo que faltan por hacer; dejan de faltar.
 *
 * @param {Uint8Array} todo
 * @param {number} width
 * @param {Box} tile
 * @returns {number[]}
 */
function take(todo, width, [top, left, bottom, right]) {
  const taken = [];
  for (let row = top; row < bottom; row++) {
    for (let pixel = row * width + left; pixel < row * width + right; pixel++) {
      if (todo[pixel]) taken.push(pixel);
      todo[pixel] = 0;
    }
  }
  return taken;
}

/**
 * Los trozos del hueco, cada píxel en uno solo, en grupos de los que están en un mismo cuadrado.
 *
 * @param {readonly { box: Box }[]} strokes
 * @param {Uint8Array} hole
 * @param {number} width
 * @param {Place} origin
 * @returns {Iterable<Cell[]>}
 */
function blocks(strokes, hole, width, origin) {
  const todo = hole.slice();
  /** @type {Map<string, Cell[]>} */
  const found = new Map();
  for (const tile of strokes.flatMap(({ box }) => [...tiles(box, CELL, origin)])) {
    const pixels = take(todo, width, tile);
    if (!pixels.length) continue;
    const row = Math.floor((origin.top + tile[0]) / BLOCK);
    const place = `${row}, ${Math.floor((origin.left + tile[1]) / BLOCK)}`;
    const group = found.get(place) ?? [];
    group.push({ tile, pixels });
    found.set(place, group);
  }
  return found.values();
}

/**
 * Pone en un hueco ya restaurado el grano de lo que lo rodea; fuera no toca nada.
 *
 * @param {Picture} restored cambia
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @param {Place} [origin] dónde cae en la foto, si no es entera
 */
export function addGrain(restored, hole, origin = { left: 0, top: 0 }) {
  const { width, height } = restored;
  if (Math.min(width, height) < 2) return;
  const strokes = connectedComponents(hole, width);
  // Junto al hueco, la textura está mezclada con lo que ha puesto la red.
  const spoiled = dilate(strokes, restored, 2);
  /** Lo que cambia, que no se pone hasta el final: el grano sale de lo que aún no lo tiene.
   * @type {{ pixels: number[], filled: Float32Array }[]} */
  const changes = [];
  for (const group of blocks(strokes, hole, width, origin)) {
    const top = Math.max(Math.min(...group.map(({ tile }) => tile[0])) - REACH, 0);
    const left = Math.max(Math.min(...group.map(({ tile }) => tile[1])) - REACH, 0);
    const bottom = Math.min(Math.max(...group.map(({ tile }) => tile[2])) + REACH, height);
    const right = Math.min(Math.max(...group.map(({ tile }) => tile[3])) + REACH, width);
    const near = lookNear(restored, spoiled, [top, left, bottom, right]);
    for (const { tile, pixels } of group) {
      const filled = fillCell(
        near,
        [tile[0] - top, tile[1] - left, tile[2] - top, tile[3] - left],
        pixels.map((i) => (Math.floor(i / width) - top) * near.width + (i % width) - left),
      );
      if (filled) changes.push({ pixels, filled });
    }
  }
  for (const { pixels, filled } of changes) {
    pixels.forEach((pixel, i) => restored.data.set(filled.subarray(3 * i, 3 * i + 3), 4 * pixel));
  }
}
