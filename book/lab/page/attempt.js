/** Lo que se dice a la persona cuando falla lo que ha pedido. */

import { isMemory, OUT_OF_MEMORY } from "../engine/errors.js";

/**
 * Lanza una orden de la persona y, si falla, se lo dice con una frase; si ha llegado tarde, nada.
 *
 * Los errores que vienen del taller solo conservan el nombre y el mensaje.
 *
 * @param {(text: string, isError?: boolean) => void} say
 * @param {() => Promise<void>} order
 */
export async function attempt(say, order) {
  try {
    await order();
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    if (name === "Late") return;
    if (name === "AbortError") say("Cancelado: la foto sigue como estaba.");
    else if (name === "UserError") say(message, true);
    else if (isMemory(error)) say(OUT_OF_MEMORY, true);
    else {
      say(`Algo ha fallado por dentro: recarga la página y vuelve a probar. (${message})`, true);
      throw error;
    }
  }
}
