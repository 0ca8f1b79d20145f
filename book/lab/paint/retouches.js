/**
 * Los trozos de la foto que se han restaurado: como eran y como están.
 *
 * @typedef {import("../photo/pieces.js").Piece} Piece
 */

/** @param {Piece} piece */
const placeOf = ({ left, top }) => `${left},${top}`;

export class Retouches {
  /** @type {Map<string, Piece>} */
  #originals = new Map();
  /** @type {Map<string, Piece>} */
  #current = new Map();

  get originals() {
    return [...this.#originals.values()];
  }

  get current() {
    return [...this.#current.values()];
  }

  /** Si alguno no está como era. */
  get any() {
    return [...this.#current].some(([place, piece]) => piece !== this.#originals.get(place));
  }

  /**
   * Los trozos que van a cambiar, como están; de los que nunca han cambiado, los que se dan.
   *
   * @param {readonly Piece[]} before
   * @returns {Piece[]} los mismos objetos que haya, para no guardar dos veces lo mismo
   */
  place(before) {
    return before.map((piece) => {
      const place = placeOf(piece);
      if (!this.#originals.has(place)) this.#originals.set(place, piece);
      return this.#current.get(place) ?? piece;
    });
  }

  /** @param {readonly Piece[]} pieces que cambian */
  set(pieces) {
    for (const piece of pieces) this.#current.set(placeOf(piece), piece);
  }
}
