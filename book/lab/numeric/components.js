/**
 * Los trazos sueltos de un hueco, y su grosor, con los mismos resultados que OpenCV:
 * `connectedComponentsWithStats` y `distanceTransform`.
 *
 * Solo se guarda dónde empieza y acaba el hueco en cada fila: un trazo fino que cruza una foto de
 * doce megapíxeles ocupa muy poco.
 *
 * @typedef {readonly [number, number, number, number]} Box arriba, izquierda, abajo, derecha
 *
 * @typedef {object} Component Un trazo: píxeles que se tocan, aunque sea por una esquina.
 * @property {Box} box lo menor que lo contiene
 * @property {number[]} runs sus tramos, por filas, en tríos: la fila, dónde empieza y dónde acaba
 */

/** Lo que OpenCV cuenta, con la máscara de 3x3, por pasar al píxel de al lado y en diagonal. */
const [STRAIGHT, DIAGONAL] = [0.955, 1.3693].map(Math.fround);

/**
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @param {number} width
 * @returns {number[]} los tramos de cada fila, en tríos
 */
function findRuns(hole, width) {
  const runs = [];
  let start = hole.indexOf(1);
  while (start !== -1) {
    const row = Math.floor(start / width);
    const [rowStart, rowEnd] = [row * width, (row + 1) * width];
    let end = start + 1;
    while (end < rowEnd && hole[end]) end++;
    runs.push(row, start - rowStart, end - rowStart);
    start = hole.indexOf(1, end);
  }
  return runs;
}

/**
 * @param {Int32Array} parents
 * @param {number} run
 * @returns {number} el primer tramo de los que se han unido a este
 */
function findRoot(parents, run) {
  while (parents[run] !== run) run = parents[run] = parents[parents[run]];
  return run;
}

/**
 * Une los tramos que se tocan.
 *
 * @param {readonly number[]} runs
 * @returns {Int32Array} de cada tramo, otro de su mismo trazo que va antes, o él
 */
function joinRuns(runs) {
  const parents = Int32Array.from({ length: runs.length / 3 }, (_, run) => run);
  let above = 0;
  for (let run = 0; run < parents.length; run++) {
    const [row, start, end] = [runs[3 * run], runs[3 * run + 1], runs[3 * run + 2]];
    while (runs[3 * above] < row - 1) above++;
    while (runs[3 * above] === row - 1 && runs[3 * above + 2] < start) above++;
    for (let near = above; runs[3 * near] === row - 1 && runs[3 * near + 1] <= end; near++) {
      const [one, other] = [findRoot(parents, near), findRoot(parents, run)];
      parents[Math.max(one, other)] = Math.min(one, other);
    }
  }
  return parents;
}

/**
 * Los trazos de un hueco, en el orden de OpenCV, que va de dos en dos filas: primero el que antes
 * aparece al recorrer los cuadrados de 2x2.
 *
 * @param {Uint8Array} hole por filas, 1 donde está pintado
 * @param {number} width
 * @returns {Component[]}
 */
export function connectedComponents(hole, width) {
  const runs = findRuns(hole, width);
  const parents = joinRuns(runs);
  /** @type {Map<number, Component & { first: number }>} */
  const found = new Map();
  for (let run = 0; run < parents.length; run++) {
    const [row, start, end] = [runs[3 * run], runs[3 * run + 1], runs[3 * run + 2]];
    const first = (row >> 1) * width + (start >> 1);
    const component = found.get(findRoot(parents, run));
    if (!component) {
      found.set(run, { first, box: [row, start, row + 1, end], runs: [row, start, end] });
      continue;
    }
    const { box } = component;
    component.first = Math.min(component.first, first);
    component.box = [box[0], Math.min(box[1], start), row + 1, Math.max(box[3], end)];
    component.runs.push(row, start, end);
  }
  return [...found.values()].sort((one, other) => one.first - other.first);
}

/**
 * Recorre los píxeles de un trazo, hacia delante o hacia atrás, y acerca cada uno a lo de fuera por
 * los vecinos por los que ya se ha pasado.
 *
 * @param {Component} component
 * @param {Float32Array} distances las de sus píxeles, por filas
 * @param {1 | -1} step
 */
function sweep({ box: [, left, , right], runs }, distances, step) {
  let above = new Float32Array(right - left + 2);
  let current = above.slice();
  let row = -1;
  let pixel = step > 0 ? 0 : distances.length - 1;
  for (let i = step > 0 ? 0 : runs.length - 3; i >= 0 && i < runs.length; i += 3 * step) {
    if (runs[i] !== row) {
      [above, current] = [current, above];
      current.fill(0);
      row = runs[i];
    }
    const length = runs[i + 2] - runs[i + 1];
    let column = (step > 0 ? runs[i + 1] : runs[i + 2] - 1) - left + 1;
    for (let j = 0; j < length; j++, column += step, pixel += step) {
      const corner = Math.min(above[column - 1], above[column + 1]) + DIAGONAL;
      const side = Math.min(above[column], current[column - step]) + STRAIGHT;
      current[column] = Math.min(distances[pixel], corner, side);
      distances[pixel] = current[column];
    }
  }
}

/**
 * Lo que dista de lo de fuera el píxel más interior de un trazo: el máximo de
 * `distanceTransform(trazo, DIST_L2, 3)`, con el trazo solo y fuera ceros.
 *
 * @param {Component} component
 * @returns {number}
 */
export function largestDistance(component) {
  const { runs } = component;
  let area = 0;
  for (let i = 0; i < runs.length; i += 3) area += runs[i + 2] - runs[i + 1];
  const distances = new Float32Array(area).fill(Infinity);
  sweep(component, distances, 1);
  sweep(component, distances, -1);
  return distances.reduce((most, distance) => Math.max(most, distance), 0);
}
