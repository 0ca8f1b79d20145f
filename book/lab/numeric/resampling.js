/**
 * Cambiar el tamaño de una imagen como `cv2.resize`: `INTER_AREA` para reducir e `INTER_CUBIC`.
 *
 * Los canales de cada píxel van seguidos, como en un `ImageData`. Lo que se devuelve está sin
 * redondear ni recortar.
 *
 * @typedef {Float32Array | Uint8Array | Uint8ClampedArray} Pixels
 *
 * @typedef {object} Shape
 * @property {number} width
 * @property {number} height
 * @property {number} channels
 *
 * @typedef {object} Taps De qué píxeles seguidos sale uno, y con qué pesos.
 * @property {number} first
 * @property {Float32Array} weights
 */

/** Lo que un píxel ha de entrar en otro para contar, como en OpenCV. */
const SLIVER = 1e-3;

/** El parámetro de la curva cúbica de OpenCV. */
const CUBIC = -0.75;

/** Filas ya cambiadas de ancho que se guardan: las que hacen falta para una con la cúbica. */
const KEPT = 4;

/**
 * @param {number} from
 * @param {number} to
 * @param {number} scale cuántos píxeles caben en uno
 * @param {boolean} whole si los pesos son unos, sin dividir por cuántos caben
 * @returns {Taps[]}
 */
function areaTaps(from, to, scale, whole) {
  return Array.from({ length: to }, (_, i) => {
    const start = i * scale;
    const end = start + scale;
    const cell = whole ? 1 : Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(start), last);
    const weights = Array(last - first).fill(1 / cell);
    const before = first - start > SLIVER;
    if (before) weights.unshift((first - start) / cell);
    if (end - last > SLIVER) weights.push(Math.min(end - last, 1, cell) / cell);
    return { first: first - Number(before), weights: Float32Array.from(weights) };
  });
}

/** @param {number} x a qué parte del camino se está entre el segundo píxel y el tercero */
function cubicWeights(x) {
  /** @param {number} t */
  const near = (t) => ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1;
  /** @param {number} t */
  const far = (t) => (((t - 5) * t + 8) * t - 4) * CUBIC;
  return [far(1 + x), near(x), near(1 - x), far(2 - x)];
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {Taps[]} más allá del borde se repite el último píxel
 */
function cubicTaps(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale - 0.5;
    const second = Math.floor(center);
    const [first, last] = [-1, 2].map((j) => Math.min(Math.max(second + j, 0), from - 1));
    const weights = new Float32Array(last - first + 1);
    cubicWeights(center - second).forEach((weight, j) => {
      weights[Math.min(Math.max(second - 1 + j, first), last) - first] += weight;
    });
    return { first, weights };
  });
}

/**
 * Cambia el ancho de una fila, con las mismas operaciones de 32 bits que OpenCV.
 *
 * @param {Pixels} source
 * @param {number} start dónde empieza la fila
 * @param {number} channels
 * @param {Taps[]} columns
 * @param {Float32Array} line donde se deja
 */
function resampleRow(source, start, channels, columns, line) {
  for (let x = 0, at = 0; x < columns.length; x++) {
    const { first, weights } = columns[x];
    for (let c = 0; c < channels; c++, at++) {
      let sum = 0;
      for (let j = 0, i = start + first * channels + c; j < weights.length; j++, i += channels) {
        sum = Math.fround(sum + Math.fround(weights[j] * source[i]));
      }
      line[at] = sum;
    }
  }
}

/**
 * @param {Pixels} source
 * @param {Shape} shape
 * @param {Taps[]} columns
 * @param {Taps[]} rows
 */
function resample(source, { width, channels }, columns, rows) {
  const stride = columns.length * channels;
  const result = new Float32Array(rows.length * stride);
  const lines = Array.from({ length: KEPT }, () => ({ row: -1, values: new Float32Array(stride) }));
  rows.forEach(({ first, weights }, y) => {
    const target = result.subarray(y * stride, (y + 1) * stride);
    weights.forEach((weight, j) => {
      const row = first + j;
      const line = lines[row % KEPT];
      if (line.row !== row) {
        resampleRow(source, row * width * channels, channels, columns, line.values);
        line.row = row;
      }
      const { values } = line;
      for (let i = 0; i < stride; i++) target[i] += Math.fround(weight * values[i]);
    });
  });
  return result;
}

/**
 * Reduce una imagen cuando los píxeles caben justos: suma de cuatro en cuatro, como OpenCV.
 *
 * @param {Pixels} source
 * @param {Shape} shape
 * @param {number} toWidth
 * @param {number} toHeight
 * @param {{ x: number, y: number }} scale
 * @returns {Float32Array}
 */
function average(source, { width, channels }, toWidth, toHeight, { x, y }) {
  const { fround } = Math;
  const offsets = Int32Array.from(
    { length: x * y },
    (_, i) => channels * (Math.floor(i / x) * width + (i % x)),
  );
  const share = fround(1 / (x * y));
  const fours = offsets.length - (offsets.length % 4);
  const result = new Float32Array(toWidth * toHeight * channels);
  for (let to = 0; to < result.length; to++) {
    const c = to % channels;
    const column = Math.floor(to / channels) % toWidth;
    const row = Math.floor(to / (channels * toWidth));
    const from = channels * (row * y * width + column * x) + c;
    let sum = 0;
    let i = 0;
    for (; i < fours; i += 4) {
      const pair = fround(source[from + offsets[i]] + source[from + offsets[i + 1]]);
      const three = fround(pair + source[from + offsets[i + 2]]);
      sum = fround(sum + fround(three + source[from + offsets[i + 3]]));
    }
    for (; i < offsets.length; i++) sum = fround(sum + source[from + offsets[i]]);
    result[to] = sum * share;
  }
  return result;
}

/**
 * Reduce una imagen: cada píxel es la media de los que caben en él.
 *
 * @param {Pixels} source
 * @param {Shape} shape
 * @param {number} toWidth no más que el ancho
 * @param {number} toHeight no más que el alto
 * @param {{ x: number, y: number }} [scale] cuántos píxeles caben en uno, si no es el cociente
 * @returns {Float32Array}
 */
export function resizeArea(
  source,
  shape,
  toWidth,
  toHeight,
  scale = { x: shape.width / toWidth, y: shape.height / toHeight },
) {
  if (toWidth > shape.width || toHeight > shape.height) {
    throw new RangeError("«resizeArea» solo reduce: para ampliar, usa «resizeCubic».");
  }
  if (Number.isInteger(scale.x) && Number.isInteger(scale.y)) {
    return average(source, shape, toWidth, toHeight, scale);
  }
  const columns = areaTaps(shape.width, toWidth, scale.x, false);
  const rows = areaTaps(shape.height, toHeight, scale.y, false);
  return resample(source, shape, columns, rows);
}

/**
 * Cambia el tamaño de una imagen con la interpolación cúbica; no suaviza al reducir.
 *
 * @param {Pixels} source
 * @param {Shape} shape
 * @param {number} toWidth
 * @param {number} toHeight
 * @returns {Float32Array}
 */
export function resizeCubic(source, shape, toWidth, toHeight) {
  return resample(
    source,
    shape,
    cubicTaps(shape.width, toWidth),
    cubicTaps(shape.height, toHeight),
  );
}
