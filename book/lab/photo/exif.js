/**
 * Los datos EXIF de una foto: cómo hay que girarla y, ya girada, lo que se puede guardar con ella.
 *
 * Son directorios de entradas de 12 bytes (etiqueta, tipo, cuántos valores y el valor, o dónde
 * está si no cabe en 4). El primero enlaza con otros y, el último, con la miniatura.
 */

import { letters, little, u16, u32 } from "./containers.js";

const ORIENTATION = 0x0112;

/** Bytes de un valor de cada tipo. @type {Record<number, number>} */
const SIZES = {
  1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1,
};

/** Lo que lleva a otro directorio: el de la cámara, el del GPS y el de interoperabilidad. */
const DIRECTORIES = [0x8769, 0x8825, 0xa005];

/** El giro, que ya está hecho, y dónde puede haber una copia pequeña de la foto sin retocar. */
const DROPPED = [ORIENTATION, 0x0111, 0x0117, 0x014a, 0x0201, 0x0202, 0x02bc, 0x501b, 0x8649];

/** Bytes que caben en el tramo de un JPEG, con su nombre y su largo. */
export const MAX_LENGTH = 2 ** 16 - 10;

/**
 * @typedef {object} Entry
 * @property {number} tag
 * @property {number} at dónde está la entrada
 * @property {number} start dónde está su valor
 * @property {number} end
 */

const big = { u16, u32 };

/** @param {Uint8Array} bytes */
const orderOf = (bytes) => (bytes[0] === 0x49 ? little : big);

/** @param {Uint8Array} bytes */
const isTiff = (bytes) => ["II*\0", "MM\0*"].includes(letters(bytes, 0, 4));

/**
 * Las entradas de un directorio cuyo valor cae dentro de los datos; ninguna, si está estropeado.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {Entry[]}
 */
function entriesAt(bytes, at) {
  const order = orderOf(bytes);
  const count = order.u16(bytes, at);
  if (at < 8 || at + 2 + 12 * count > bytes.length) return [];
  return Array.from({ length: count }, (_, i) => {
    const entry = at + 2 + 12 * i;
    const size = (SIZES[order.u16(bytes, entry + 2)] ?? NaN) * order.u32(bytes, entry + 4);
    const start = size > 4 ? order.u32(bytes, entry + 8) : entry + 8;
    return { tag: order.u16(bytes, entry), at: entry, start, end: start + size };
  }).filter(({ end }) => end <= bytes.length);
}

/**
 * @param {Uint8Array} bytes
 * @returns {number} de 1 (ya está derecha) a 8, como lo dice EXIF
 */
export function orientationOf(bytes) {
  if (!isTiff(bytes)) return 1;
  const order = orderOf(bytes);
  const entries = entriesAt(bytes, order.u32(bytes, 4));
  const entry = entries.find(({ tag }) => tag === ORIENTATION);
  const turn = entry ? order.u16(bytes, entry.start) : 1;
  return turn >= 1 && turn <= 8 ? turn : 1;
}

/** @param {Uint8Array} value @returns {boolean} */
function holdsJpeg(value) {
  let at = value.indexOf(0xff);
  while (at >= 0 && !(value[at + 1] === 0xd8 && value[at + 2] === 0xff)) {
    at = value.indexOf(0xff, at + 1);
  }
  return at >= 0;
}

/** Copia de unos datos EXIF las partes que se le piden, cada una donde estaba. */
class Copier {
  #from;
  #view;
  /** De quién es ya cada byte: 0, de nadie; 1, de un directorio; 2, de un valor. */
  #owner;

  /** @param {Uint8Array} from */
  constructor(from) {
    this.#from = from;
    this.copied = new Uint8Array(from.length + 4); // El último enlace puede faltar.
    this.#view = new DataView(this.copied.buffer);
    this.#owner = new Uint8Array(this.copied.length).fill(1, 0, 8);
    this.copied.set(from.subarray(0, 8));
  }

  get length() {
    return this.#owner.findLastIndex(Boolean) + 1;
  }

  /** Dos valores pueden compartir bytes; un directorio, con nada.
   * @param {number} start @param {number} end @param {1 | 2} owner */
  #claim(start, end, owner) {
    const wanted = this.#owner.subarray(start, end);
    if (owner === 1 ? wanted.some(Boolean) : wanted.includes(1)) return false;
    wanted.fill(owner);
    return true;
  }

  /** @param {number} at @returns {boolean} si queda algo de él */
  directory(at) {
    const order = orderOf(this.#from);
    const entries = entriesAt(this.#from, at);
    const end = at + 2 + 12 * order.u16(this.#from, at) + 4;
    if (!entries.length || !this.#claim(at, end, 1)) return false;
    const kept = entries.filter((entry) => !DROPPED.includes(entry.tag) && this.#value(entry));
    kept.forEach((entry, i) => {
      this.copied.set(this.#from.subarray(entry.at, entry.at + 12), at + 2 + 12 * i);
    });
    this.#view.setUint16(at, kept.length, order === little);
    return kept.length > 0;
  }

  /** @param {Entry} entry */
  #value({ tag, at, start, end }) {
    const order = orderOf(this.#from);
    if (DIRECTORIES.includes(tag)) return this.directory(order.u32(this.#from, at + 8));
    if (start === at + 8) return true;
    const value = this.#from.subarray(start, end);
    if (holdsJpeg(value) || !this.#claim(start, end, 2)) return false;
    this.copied.set(value, start);
    return true;
  }
}

/**
 * Los datos EXIF sin el giro ni la miniatura: solo lo que se alcanza desde sus directorios, que
 * tampoco lleve un JPEG dentro. Nada se mueve: lo que escribe la cámara por su cuenta se perdería.
 *
 * @param {Uint8Array} bytes
 * @returns {Uint8Array | null} null si no queda nada, o estaban estropeados
 */
export function cleanExif(bytes) {
  if (!isTiff(bytes) || bytes.length > MAX_LENGTH) return null;
  const copier = new Copier(bytes);
  const first = orderOf(bytes).u32(bytes, 4);
  return copier.directory(first) ? copier.copied.slice(0, copier.length) : null;
}
