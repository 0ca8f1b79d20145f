/**
 * Las ventanas que ve la red: dónde y cómo se le enseñan.
 *
 * Es `pix2pix_lib/restoration/windows.py` en el navegador: si cambias uno, cambia el otro. Los lotes
 * no están: dan lo mismo que ir de una en una.
 *
 * @typedef {import("../numeric/components.js").Box} Box
 * @typedef {import("./levels.js").Shape} Shape
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./masks.js").Color} Color
 * @typedef {{ top: number, left: number, side: number }} Square Una ventana, que puede salirse.
 * @typedef {Square & { level: number, middle: Box }} Window
 *   Una ventana por restaurar: cuántas veces se mira a la mitad, y lo que se queda de ella.
 */

import { resizeArea, resizeCubic } from "../numeric/resampling.js";
import { tiles } from "./grain.js";

/** Hasta tantas ventanas, cada trozo de trazo cae en medio de la suya; si son más, se comparten. */
const FEW = 64;

/** En la cuadrícula, qué parte de la ventana, a cada lado, solo se mira; por trazos, un cuarto. */
const GRID_SHARE = 16;

/** Lo que vale el hueco, para la red, donde ya hay un color aproximado. */
const GUESS = 0.5;

/** Lo que se sabe de un píxel: su color, nada (1, como en un hueco) o un color aproximado. */
export const [KNOWN, UNKNOWN, GUESSED] = [0, 1, 2];

/** Con menos que esto de un píxel conocido no se divide. */
const SMALLEST_SHARE = Math.fround(1e-6);

/** Lo que se reduce de cada píxel: rojo, verde, azul, si se sabe y si es aproximado. */
const CHANNELS = 5;

/** Filas de las que ve la red que se tratan a la vez, para no gastar memoria. */
const STRIP = 32;

/** De un nivel de 0 a 255 a [-1, 1]: `to_float` de `pairs.py`. */
export const TO_FLOAT = Float32Array.from(
  { length: 256 },
  (_, level) => Math.fround(level / 127.5) - 1,
);

/**
 * Las filas que ve la red, en franjas que salen cada una de sus propias filas de la ventana.
 *
 * @param {number} size
 * @param {number} side
 * @returns {[number, number][]} la primera fila de cada una y la de después de la última
 */
export function strips(size, side) {
  const height = side % size ? size : STRIP;
  return Array.from({ length: Math.ceil(size / height) }, (_, i) => [
    i * height,
    Math.min((i + 1) * height, size),
  ]);
}

/**
 * Dónde empieza la ventana con ese centro que no se sale de la foto; si no cabe, centrada.
 *
 * @param {number} center
 * @param {number} side
 * @param {number} length
 */
export function inside(center, side, length) {
  if (side >= length) return Math.floor((length - side) / 2);
  return Math.min(Math.max(center - Math.floor(side / 2), 0), length - side);
}

/**
 * Una ventana sin su parte 1/`share` de cada lado; si llega al borde de la foto, hasta él.
 *
 * @param {number} start
 * @param {number} side
 * @param {number} length
 * @param {number} share
 * @returns {[number, number]}
 */
function middle(start, side, length, share) {
  const seen = Math.floor(side / share);
  return [
    start <= 0 ? 0 : start + seen - 1,
    start + side >= length ? length : start + side - seen + 1,
  ];
}

/**
 * Los píxeles de una caja, que puede salirse, que faltan por restaurar en un nivel.
 *
 * @param {Uint8Array} levels
 * @param {number} level
 * @param {Shape} shape
 * @param {Box} box
 * @returns {Generator<number>}
 */
export function* pixelsOf(levels, level, { width, height }, [top, left, bottom, right]) {
  const [start, end] = [Math.max(left, 0), Math.min(right, width)];
  for (let row = Math.max(top, 0); row < Math.min(bottom, height); row++) {
    for (let pixel = row * width + start; pixel < row * width + end; pixel++) {
      if (levels[pixel] === level + 1) yield pixel;
    }
  }
}

/**
 * Una ventana por cada celda en la que falta algo; lo que cae en medio se hace a la vez.
 *
 * @param {Uint8Array} levels
 * @param {(level: number, side: number) => Iterable<Box>} cells
 * @param {Shape} shape
 * @param {number} size
 * @param {boolean} refines
 * @param {number} share qué parte de la ventana, a cada lado, solo se mira
 * @returns {Window[]}
 */
function cover(levels, cells, shape, size, refines, share) {
  const { width, height } = shape;
  const todo = levels.slice();
  const windows = [];
  const highest = todo.reduce((most, level) => Math.max(most, level), 0);
  for (let level = highest - 1; level >= 0; level--) {
    const side = size << level;
    for (const cell of cells(level, side)) {
      if (pixelsOf(todo, level, shape, cell).next().done) continue;
      const top = inside(Math.floor((cell[0] + cell[2]) / 2), side, height);
      const left = inside(Math.floor((cell[1] + cell[3]) / 2), side, width);
      const [first, last] = middle(top, side, height, share);
      const [start, end] = middle(left, side, width, share);
      /** @type {Box} */
      const center = [first, start, last, end];
      windows.push({ level, top, left, side, middle: center });
      const next = refines ? level : 0;
      for (const pixel of pixelsOf(todo, level, shape, center)) todo[pixel] = next;
    }
  }
  return windows;
}

/**
 * Las ventanas por las que pasa una restauración, en orden: de lejos a cerca.
 *
 * Si salen más de `FEW`, se prueba con una cuadrícula, que no depende de cuántos sean los trazos, y
 * se queda la que menos ventanas pide. La cuadrícula es la de la foto, se mire la parte que se mire.
 *
 * @param {Uint8Array} levels el nivel más uno de lo que falta
 * @param {readonly import("./levels.js").Stroke[]} strokes
 * @param {import("./regions.js").Region} region la parte de la foto que se mira: en ella van las
 *   medidas de lo demás
 * @param {Shape} photo
 * @param {number} size lado de la ventana de nivel 0
 * @param {boolean} refines si se vuelve a mirar de cerca lo que se ha visto de lejos
 * @returns {Window[]}
 */
export function plan(levels, strokes, region, photo, size, refines) {
  const { top, left } = region;
  /** @param {number} level @param {number} side */
  const byStroke = (level, side) =>
    strokes
      .filter((stroke) => stroke.level >= level)
      .flatMap(({ box }) => [...tiles(box, Math.floor(side / 2), region)]);
  /** @param {number} _level @param {number} side */
  const byGrid = (_level, side) =>
    tiles(
      [-top, -left, photo.height - top, photo.width - left],
      side - 2 * Math.floor(side / GRID_SHARE),
      region,
    );
  const found = cover(levels, byStroke, region, size, refines, 4);
  if (found.length <= FEW) return found;
  const shared = cover(levels, byGrid, region, size, refines, GRID_SHARE);
  return shared.length < found.length ? shared : found;
}

/**
 * @param {number} start
 * @param {number} count
 * @param {number} length
 * @returns {Int32Array} qué píxel hace de cada uno de los que siguen a `start`: lo que cae fuera es
 *   el reflejo de lo de dentro
 */
function reflected(start, count, length) {
  return Int32Array.from({ length: count }, (_, i) => {
    const place = (start + i) % (2 * length);
    const positive = place < 0 ? place + 2 * length : place;
    return Math.min(positive, 2 * length - 1 - positive);
  });
}

/**
 * Unas filas de una ventana, para reducirlas: de cada píxel, su color si se sabe (y si no, ceros),
 * si se sabe y si es aproximado.
 *
 * @param {Picture} picture
 * @param {Uint8Array} state
 * @param {Int32Array} rows
 * @param {Int32Array} columns
 * @returns {Float32Array} de cinco en cinco valores
 */
function cut({ data, width }, state, rows, columns) {
  const patch = new Float32Array(CHANNELS * rows.length * columns.length);
  let i = 0;
  for (const row of rows) {
    for (const column of columns) {
      const pixel = row * width + column;
      if (state[pixel] !== UNKNOWN) {
        for (let c = 0; c < 3; c++) patch[i + c] = TO_FLOAT[data[4 * pixel + c]];
        patch[i + 3] = 1;
        if (state[pixel] === GUESSED) patch[i + 4] = 1;
      }
      i += CHANNELS;
    }
  }
  return patch;
}

/**
 * Lo que da `cut`, ya reducido, como lo ve la red: lo desconocido no ensucia a sus vecinos.
 *
 * @param {Float32Array} patch
 * @param {Color} fill
 * @param {Float32Array} x donde se deja: color y hueco, de cuatro en cuatro valores
 */
function compose(patch, fill, x) {
  for (let i = 0, j = 0; j < x.length; i += CHANNELS, j += 4) {
    const share = Math.min(Math.max(patch[i + 3], 0), 1);
    x[j + 3] = share <= 0.5 ? 1 : patch[i + 4] > 0.5 ? GUESS : 0;
    for (let c = 0; c < 3; c++) {
      const color = patch[i + c] / Math.max(share, SMALLEST_SHARE);
      x[j + c] = share <= 0.5 ? TO_FLOAT[fill[c]] : Math.min(Math.max(color, -1), 1);
    }
  }
}

/**
 * Una ventana de una foto como la ve la red.
 *
 * @param {Picture} picture
 * @param {Uint8Array} state lo que se sabe de cada píxel: vale un hueco
 * @param {Square} square
 * @param {number} size
 * @param {Color} fill
 * @returns {Float32Array} size x size x 4
 */
export function view(picture, state, { top, left, side }, size, fill) {
  const rows = reflected(top, side, picture.height);
  const columns = reflected(left, side, picture.width);
  const resize = side > size ? resizeArea : resizeCubic;
  const x = new Float32Array(4 * size * size);
  for (const [first, last] of strips(size, side)) {
    const near = rows.subarray((first * side) / size, (last * side) / size);
    const patch = cut(picture, state, near, columns);
    const shape = { width: side, height: near.length, channels: CHANNELS };
    compose(
      side === size ? patch : resize(patch, shape, size, last - first),
      fill,
      x.subarray(4 * first * size, 4 * last * size),
    );
  }
  return x;
}
