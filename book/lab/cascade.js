/**
 * Una cascada de patrones locales: recorre una imagen, a varias escalas, y marca lo que reconoce.
 *
 * Es `Cascade.detect_multi_scale` de scikit-image con `step_ratio=1`, con sus mismas operaciones
 * de 32 bits: donde la imagen es lisa, lo que se compara son sus redondeos.
 *
 * Un patrón son nueve bloques iguales, de tres en tres; su código dice cuáles de los ocho de
 * alrededor son tan claros como el del medio. Cada etapa suma lo que votan unos cuantos patrones, y
 * lo que no llega a su umbral se descarta sin mirar las demás.
 *
 * @typedef {object} Cascade Lo que escribe `book/_ext/cascade.py`.
 * @property {number} side lado, en píxeles, de las imágenes con las que aprendió
 * @property {number[]} features de cada patrón: x, y, ancho y alto de su primer bloque
 * @property {number[]} lengths cuántos votos tiene cada etapa
 * @property {number[]} thresholds umbral de cada etapa
 * @property {number[]} chosen el patrón que mira cada voto
 * @property {number[]} tables de cada voto, los 256 bits que dicen qué códigos votan una cosa u otra
 * @property {number[]} votes de cada voto, lo que suma si su bit es 1 y si es 0
 *
 * @typedef {{ top: number, left: number, side: number }} Box
 *
 * @typedef {object} Scan La cascada, lista para una escala y una imagen.
 * @property {Float32Array} sums la imagen integral
 * @property {Int32Array} corners de cada patrón, dónde están las 16 esquinas de sus bloques
 * @property {number[]} lengths
 * @property {Float32Array} thresholds
 * @property {Int32Array} chosen
 * @property {Int32Array} tables
 * @property {Float32Array} votes
 */

/** Lo que crece la ventana de una escala a la siguiente. */
const GROWTH = Math.fround(1.2);

/** Margen con el que se llega a un umbral. */
const SLACK = Math.fround(1e-5);

/** Parte del menor de dos cuadrados que ha de estar en el otro para ser lo mismo. */
const OVERLAP = 0.5;

/** Veces que ha de verse algo para darlo por bueno. */
const SIGHTINGS = 4;

/** Lo que va de cada bloque de alrededor al del medio, y los mismos bits como enteros. */
const difference = new Float32Array(8);
const sign = new Int32Array(difference.buffer);

/**
 * Las esquinas de los bloques de cada patrón, a una escala, en una imagen integral.
 *
 * @param {number[]} features
 * @param {number} scale
 * @param {number} stride
 */
function placeCorners(features, scale, stride) {
  const scaled = features.map((length) => Math.trunc(Math.fround(length * scale)));
  const corners = new Int32Array(4 * features.length);
  for (let i = 0; i < features.length; i += 4) {
    const [left, top, width, height] = scaled.slice(i, i + 4);
    for (let corner = 0; corner < 16; corner++) {
      corners[4 * i + corner] =
        (top + (corner >> 2) * height) * stride + left + (corner & 3) * width;
    }
  }
  return corners;
}

/**
 * El código de un patrón, de 0 a 255.
 *
 * En cada foto se calculan millones: sin bucles, y sin preguntar qué bloque es más claro, que el
 * procesador no acierta a prever y aquí lo dice el signo de la diferencia, se tarda un tercio menos.
 *
 * @param {Float32Array} sums
 * @param {Int32Array} corners
 * @param {number} first
 * @param {number} at
 */
function pattern(sums, corners, first, at) {
  const a = sums[at + corners[first]];
  const b = sums[at + corners[first + 1]];
  const c = sums[at + corners[first + 2]];
  const d = sums[at + corners[first + 3]];
  const e = sums[at + corners[first + 4]];
  const f = sums[at + corners[first + 5]];
  const g = sums[at + corners[first + 6]];
  const h = sums[at + corners[first + 7]];
  const i = sums[at + corners[first + 8]];
  const j = sums[at + corners[first + 9]];
  const k = sums[at + corners[first + 10]];
  const l = sums[at + corners[first + 11]];
  const m = sums[at + corners[first + 12]];
  const n = sums[at + corners[first + 13]];
  const o = sums[at + corners[first + 14]];
  const p = sums[at + corners[first + 15]];
  const middle = block(f, g, j, k);
  difference[0] = block(a, b, e, f) - middle;
  difference[1] = block(b, c, f, g) - middle;
  difference[2] = block(c, d, g, h) - middle;
  difference[3] = block(g, h, k, l) - middle;
  difference[4] = block(k, l, o, p) - middle;
  difference[5] = block(j, k, n, o) - middle;
  difference[6] = block(i, j, m, n) - middle;
  difference[7] = block(e, f, i, j) - middle;
  const darker =
    ((sign[0] >> 31) & 128) |
    ((sign[1] >> 31) & 64) |
    ((sign[2] >> 31) & 32) |
    ((sign[3] >> 31) & 16) |
    ((sign[4] >> 31) & 8) |
    ((sign[5] >> 31) & 4) |
    ((sign[6] >> 31) & 2) |
    ((sign[7] >> 31) & 1);
  return 255 - darker;
}

/**
 * Suma de un bloque, de las de sus cuatro esquinas.
 *
 * @param {number} topLeft
 * @param {number} topRight
 * @param {number} bottomLeft
 * @param {number} bottomRight
 */
function block(topLeft, topRight, bottomLeft, bottomRight) {
  const ends = Math.fround(bottomRight + topLeft);
  return Math.fround(Math.fround(ends - topRight) - bottomLeft);
}

/**
 * Si la ventana que empieza ahí pasa todas las etapas.
 *
 * @param {Scan} scan
 * @param {number} at
 */
function passes({ sums, corners, lengths, thresholds, chosen, tables, votes }, at) {
  let vote = 0;
  for (let stage = 0; stage < lengths.length; stage++) {
    let points = 0;
    for (const end = vote + lengths[stage]; vote < end; vote++) {
      const code = pattern(sums, corners, 16 * chosen[vote], at);
      const bit = (tables[8 * vote + (code >> 5)] >> (code & 31)) & 1;
      points = Math.fround(points + votes[2 * vote + 1 - bit]);
    }
    if (points < thresholds[stage]) return false;
  }
  return true;
}

/**
 * Lo que se ve a una escala, por filas.
 *
 * @param {Scan} scan
 * @param {number} scale
 * @param {{ width: number, height: number }} shape
 * @param {number} side
 */
function look(scan, scale, { width, height }, side) {
  const step = Math.trunc(scale + 0.5);
  const seen = [];
  for (let top = 0; top < height - side; top += step) {
    for (let left = 0; left < width - side; left += step) {
      if (passes(scan, top * (width + 1) + left)) seen.push({ top, left, side });
    }
  }
  return seen;
}

/**
 * Cuánto del menor de dos cuadrados está en el otro.
 *
 * @param {Box} a
 * @param {Box} b
 */
function overlap(a, b) {
  const rows = Math.min(a.top + a.side, b.top + b.side) - Math.max(a.top, b.top);
  const columns = Math.min(a.left + a.side, b.left + b.side) - Math.max(a.left, b.left);
  const common = Math.max(0, rows) * Math.max(0, columns);
  return Math.fround(common / Math.min(a.side, b.side) ** 2);
}

/**
 * Junta lo que se vio varias veces, y olvida lo que se vio pocas.
 *
 * @param {Box[]} seen
 * @returns {Box[]} la media de cada grupo
 */
function group(seen) {
  /** @type {{ count: number, total: Box, mean: Box }[]} */
  const groups = [];
  for (const box of seen) {
    let best = OVERLAP;
    let mine = null;
    for (const one of groups) {
      const score = overlap(box, one.mean);
      if (score > best) [best, mine] = [score, one];
    }
    if (mine) {
      mine.count++;
      mine.total = add(mine.total, box);
      mine.mean = divide(mine.total, mine.count);
    } else groups.push({ count: 1, total: box, mean: box });
  }
  return groups.filter(({ count }) => count >= SIGHTINGS).map(({ mean }) => mean);
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {Box}
 */
function add(a, b) {
  return { top: a.top + b.top, left: a.left + b.left, side: a.side + b.side };
}

/**
 * @param {Box} total
 * @param {number} count
 * @returns {Box}
 */
function divide({ top, left, side }, count) {
  return {
    top: Math.trunc(top / count),
    left: Math.trunc(left / count),
    side: Math.trunc(side / count),
  };
}

/**
 * Busca en una imagen lo que la cascada aprendió a reconocer.
 *
 * @param {Cascade} cascade
 * @param {Float32Array} sums su imagen integral: (alto + 1) x (ancho + 1), con ceros en la primera
 *   fila y en la primera columna
 * @param {{ width: number, height: number }} shape de la imagen
 * @param {number} smallest lado de la menor ventana, en píxeles
 * @param {number} largest lado de la mayor
 * @returns {Box[]}
 */
export function detect(cascade, sums, shape, smallest, largest) {
  const start = Math.log(smallest / cascade.side) / Math.log(GROWTH);
  const end = Math.log(largest / cascade.side) / Math.log(GROWTH);
  const { features, lengths } = cascade;
  const ready = {
    sums,
    lengths,
    thresholds: Float32Array.from(cascade.thresholds, (one) => Math.fround(one) - SLACK),
    chosen: Int32Array.from(cascade.chosen),
    tables: Int32Array.from(cascade.tables),
    votes: Float32Array.from(cascade.votes),
  };
  const seen = Array.from({ length: Math.max(0, Math.ceil(end - start)) }, (_, i) => {
    const scale = Math.fround(GROWTH ** Math.fround(start + i));
    const corners = placeCorners(features, scale, shape.width + 1);
    const side = Math.trunc(Math.fround(cascade.side * scale));
    return look({ ...ready, corners }, scale, shape, side);
  });
  return group(seen.flat());
}
