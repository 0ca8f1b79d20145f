/**
 * Los números y los nombres, como se escriben en español. Los números son `pix2pix_lib/writing.py`
 * en el navegador.
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

/** Lo que ha llegado de algo, sin redondear: el 100 % no se dice hasta que está todo.
 * @param {number} share */
export const arrived = (share) => percent(Math.floor(100 * share) / 100);

/** Los nombres de las máscaras son de archivos, sin tildes ni eñes. */
const WRITTEN = new Map([
  ["aranazo", "arañazo"],
  ["mi_mascara", "mi máscara"],
  ["rasguno", "rasguño"],
]);

/** @param {string} name el del archivo de una máscara @returns {string} como se lee */
export const maskName = (name) => WRITTEN.get(name) ?? name.replaceAll("_", " ");

/** Lo que se dice cuando deshacer se acaba antes que lo hecho. */
export const FORGOTTEN = "No se puede deshacer más: lo más antiguo ya no se guarda.";

/** Lo que dura más de estos segundos dice cuánto le falta. */
const LONG = 5;

/**
 * Cuánto le falta a algo que dura, más o menos.
 *
 * @param {number} share lo que ya está hecho, de 0 a 1
 * @param {number} elapsed los segundos que lleva
 * @returns {string} «Quedan unos 20 segundos.»; nada, si dura poco o todavía no se sabe
 */
export function timeLeft(share, elapsed) {
  const left = (elapsed * (1 - share)) / share;
  if (elapsed < 1 || !(share > 0 && left >= 1) || elapsed + left <= LONG) return "";
  const seconds = 5 * Math.ceil(left / 5);
  if (seconds < 60) return `Quedan unos ${seconds} segundos.`;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? "Queda un minuto, más o menos." : `Quedan unos ${minutes} minutos.`;
}
