/**
 * El azar de NumPy: la misma semilla da, al bit, los mismos números que `numpy.random.default_rng`.
 *
 * NumPy promete no cambiar los bits (PCG64), pero sí podría cambiar lo que hace con ellos: hoy hace
 * lo mismo de la versión 1.26 a la 2.4, y `tests/lab/test_lab_parity.py` lo vigila. Un entero de 64 bits no
 * cabe en un número de JavaScript: de ahí los BigInt.
 */

const POOL_WORDS = 4;
const PCG_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** @param {bigint} value @returns {bigint} */
const low64 = (value) => BigInt.asUintN(64, value);

/** @param {bigint} value @returns {bigint} */
const low128 = (value) => BigInt.asUintN(128, value);

/**
 * Las palabras de 32 bits de un entero, de la más baja a la más alta; el 0 tiene una.
 *
 * @param {number | bigint} seed
 * @returns {number[]}
 */
function words(seed) {
  let rest = BigInt(seed);
  if (rest < 0n) throw new RangeError(`La semilla es ${seed}: usa un entero de 0 en adelante.`);
  const found = [];
  do {
    found.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return found;
}

/**
 * Una función que revuelve palabras de 32 bits, cada vez con otra constante.
 *
 * @param {number} constant la primera
 * @param {number} multiplier de cada constante sale la siguiente
 * @returns {(word: number) => number}
 */
function hasher(constant, multiplier) {
  return (word) => {
    const crossed = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(crossed, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
}

/** @param {number} first @param {number} second @returns {number} */
function mix(first, second) {
  const mixed = Math.imul(first, 0xca01f9dd) - Math.imul(second, 0x4973f715);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Reparte la semilla por muchos bits (la `SeedSequence` de NumPy): cuatro enteros de 64.
 *
 * @param {number[]} entropy palabras de 32 bits
 * @returns {bigint[]}
 */
function spread(entropy) {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL_WORDS }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL_WORDS; from++) {
    for (let to = 0; to < POOL_WORDS; to++) {
      if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
    }
  }
  for (const word of entropy.slice(POOL_WORDS)) {
    for (let to = 0; to < POOL_WORDS; to++) pool[to] = mix(pool[to], hash(word));
  }
  const output = hasher(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: 4 }, (_, i) => {
    const low = BigInt(output(pool[(2 * i) % POOL_WORDS]));
    const high = BigInt(output(pool[(2 * i + 1) % POOL_WORDS]));
    return (high << 32n) | low;
  });
}

/** Lo que en Python es `numpy.random.default_rng(semilla)`. */
export class Generator {
  /** @type {bigint} */
  #state;

  /** @type {bigint} */
  #increment;

  /** La mitad alta del último entero de 64 bits del que solo se gastó la baja.
   * @type {bigint | null} */
  #spare = null;

  /** @param {number | bigint | (number | bigint)[]} seed un entero de 0 en adelante, o varios */
  constructor(seed) {
    const [stateHigh, stateLow, streamHigh, streamLow] = spread([seed].flat().flatMap(words));
    this.#increment = low128((((streamHigh << 64n) | streamLow) << 1n) | 1n);
    this.#state = this.#increment;
    this.#state = low128(this.#state + ((stateHigh << 64n) | stateLow));
    this.#step();
  }

  #step() {
    this.#state = low128(this.#state * PCG_MULTIPLIER + this.#increment);
  }

  /** Los siguientes 64 bits (PCG64, variante XSL-RR). @returns {bigint} */
  #next64() {
    this.#step();
    const folded = (this.#state >> 64n) ^ low64(this.#state);
    const turn = this.#state >> 122n;
    return low64((folded >> turn) | (folded << (64n - turn)));
  }

  /** Los siguientes 32 bits: la mitad baja de 64 y, en la llamada siguiente, la alta.
   * @returns {bigint} */
  #next32() {
    if (this.#spare !== null) {
      const kept = this.#spare;
      this.#spare = null;
      return kept;
    }
    const both = this.#next64();
    this.#spare = both >> 32n;
    return both & 0xffffffffn;
  }

  /**
   * Un número de [0, 1), de 53 bits. No gasta la mitad guardada.
   *
   * @returns {number}
   */
  random() {
    return Number(this.#next64() >> 11n) / 2 ** 53;
  }

  /**
   * @param {number} [low]
   * @param {number} [high]
   * @returns {number} de [low, high)
   */
  uniform(low = 0, high = 1) {
    return low + (high - low) * this.random();
  }

  /**
   * Un entero de [low, high), o de [0, low) si no se da `high`, por el método de Lemire: multiplica
   * un entero al azar por los que hay, se queda con la parte alta y repite si la baja cae en las
   * sobras, que harían unos enteros más probables que otros.
   *
   * @param {number} low
   * @param {number} [high]
   * @returns {number}
   */
  integers(low, high) {
    const [first, end] = high === undefined ? [0, low] : [low, high];
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(end) || first >= end) {
      throw new RangeError(`No hay enteros de ${first} a ${end}: usa dos, el menor primero.`);
    }
    const span = BigInt(end) - BigInt(first);
    if (span === 1n) return first; // NumPy no gasta azar si no hay qué elegir.
    const bits = span <= 1n << 32n ? 32 : 64;
    const leftover = (1n << BigInt(bits)) % span;
    let product;
    do product = (bits === 32 ? this.#next32() : this.#next64()) * span;
    while (BigInt.asUintN(bits, product) < leftover);
    return Number(BigInt(first) + (product >> BigInt(bits)));
  }
}
