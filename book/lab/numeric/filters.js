/**
 * Los filtros que el grano pide a OpenCV, con los mismos resultados.
 *
 * @typedef {{ width: number, height: number }} Shape
 */

const { fround } = Math;

/** Píxeles que mezcla el desenfoque a cada lado: los que usa OpenCV con desviación 1. */
const RADIUS = 4;

/** La mitad de la campana de Gauss, del centro hacia fuera. */
const KERNEL = (() => {
  const half = Array.from({ length: RADIUS + 1 }, (_, i) => Math.exp(-(i * i) / 2));
  const total = 2 * half.reduce((sum, weight) => sum + weight, 0) - half[0];
  return Float32Array.from(half, (weight) => weight / total);
})();

/**
 * `cv2.dilate` con un cuadrado: lo que está en el hueco o a `margin` píxeles de él, o a menos.
 *
 * @param {readonly import("./components.js").Component[]} strokes los del hueco
 * @param {Shape} shape
 * @param {number} margin
 * @returns {Uint8Array} por filas, 1 en lo que está
 */
export function dilate(strokes, { width, height }, margin) {
  const dilated = new Uint8Array(width * height);
  for (const { runs } of strokes) {
    for (let i = 0; i < runs.length; i += 3) {
      const left = Math.max(0, runs[i + 1] - margin);
      const right = Math.min(width, runs[i + 2] + margin);
      const bottom = Math.min(height - 1, runs[i] + margin);
      for (let row = Math.max(0, runs[i] - margin); row <= bottom; row++) {
        dilated.fill(1, row * width + left, row * width + right);
      }
    }
  }
  return dilated;
}

/**
 * El píxel que hace de `index`: fuera, la imagen se refleja sin repetir el del borde.
 *
 * @param {number} index
 * @param {number} length
 */
function reflect(index, length) {
  if (length === 1) return 0;
  while (index < 0 || index >= length) index = index < 0 ? -index : 2 * (length - 1) - index;
  return index;
}

/**
 * Desenfoca a lo ancho; suma como OpenCV, de izquierda a derecha y redondeando a 32 bits.
 *
 * @param {Float32Array} image por filas, de tres en tres valores
 * @param {number} width
 * @returns {Float32Array}
 */
function blurRows(image, width) {
  const blurred = new Float32Array(image.length);
  const places = Array.from({ length: width + 2 * RADIUS }, (_, i) => reflect(i - RADIUS, width));
  const line = new Float32Array(3 * places.length);
  const [k0, k1, k2, k3, k4] = KERNEL;
  for (let start = 0; start < image.length; start += 3 * width) {
    places.forEach((place, i) => {
      for (let c = 0; c < 3; c++) line[3 * i + c] = image[start + 3 * place + c];
    });
    for (let i = 0; i < 3 * width; i++) {
      let sum = fround(k4 * line[i]);
      sum = fround(sum + k3 * line[i + 3]);
      sum = fround(sum + k2 * line[i + 6]);
      sum = fround(sum + k1 * line[i + 9]);
      sum = fround(sum + k0 * line[i + 12]);
      sum = fround(sum + k1 * line[i + 15]);
      sum = fround(sum + k2 * line[i + 18]);
      sum = fround(sum + k3 * line[i + 21]);
      blurred[start + i] = sum + k4 * line[i + 24];
    }
  }
  return blurred;
}

/**
 * Desenfoca a lo alto; suma como OpenCV, del centro hacia fuera y redondeando a 32 bits.
 *
 * @param {Float32Array} image por filas, de tres en tres valores
 * @param {Shape} shape
 * @returns {Float32Array}
 */
function blurColumns(image, { width, height }) {
  const blurred = new Float32Array(image.length);
  const stride = 3 * width;
  const [k0, k1, k2, k3, k4] = KERNEL;
  for (let row = 0; row < height; row++) {
    const [a4, a3, a2, a1, start, b1, b2, b3, b4] = Array.from(
      { length: 2 * RADIUS + 1 },
      (_, i) => stride * reflect(row + i - RADIUS, height),
    );
    for (let i = 0; i < stride; i++) {
      let sum = fround(k0 * image[start + i]);
      sum = fround(sum + k1 * fround(image[a1 + i] + image[b1 + i]));
      sum = fround(sum + k2 * fround(image[a2 + i] + image[b2 + i]));
      sum = fround(sum + k3 * fround(image[a3 + i] + image[b3 + i]));
      blurred[start + i] = sum + k4 * fround(image[a4 + i] + image[b4 + i]);
    }
  }
  return blurred;
}

/**
 * `cv2.GaussianBlur(image, (0, 0), 1)`.
 *
 * @param {Float32Array} image por filas, de tres en tres valores
 * @param {Shape} shape
 * @returns {Float32Array}
 */
export function gaussianBlur(image, shape) {
  return blurColumns(blurRows(image, shape.width), shape);
}
