/**
 * Los números, como se escriben en español: es `pix2pix_lib/writing.py` en el navegador.
 */

/** Espacio fino que no se parte al final de una línea. */
export const THIN = "\u202f";

/**
 * 0.076 -> «8 %», con un espacio fino. Un empate va a la cifra par, como en Python.
 *
 * @param {number} share
 * @param {number} [decimals] cifras después del punto
 * @returns {string}
 */
export function percent(share, decimals = 0) {
  const value = 100 * share;
  // Con 100 cifras, un número como estos sale exacto: solo así se sabe si es un empate.
  const exact = value.toFixed(100);
  const end = exact.length - 100 + decimals;
  const tie = /^50*$/.test(exact.slice(end));
  const below = exact.slice(0, end).replace(/\.$/, "");
  return (tie && /[02468]$/.test(below) ? below : value.toFixed(decimals)) + THIN + "%";
}
