/** Lo poco que las páginas del laboratorio repiten al tocar el documento. */

import { UserError } from "./errors.js";
import { Cancelled } from "./workshop.js";

/**
 * El primer elemento que cumple un selector, que ha de existir.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind su clase
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`Falta «${selector}» en la página.`);
  return found;
}

/**
 * Lanza una orden de la persona y, si falla, se lo dice con una frase.
 *
 * @param {(text: string) => void} say
 * @param {() => Promise<void>} order
 */
export async function attempt(say, order) {
  try {
    await order();
  } catch (error) {
    if (error instanceof Cancelled) say("Cancelado: la foto sigue como estaba.");
    else if (error instanceof UserError) say(error.message);
    else throw error;
  }
}
