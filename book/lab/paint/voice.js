/** Lo que el pintor dice, también a quien no lo ve, y la ayuda del teclado. */

import { element, teller } from "../ui/dom.js";

/** Lo que se espera, en milisegundos, a que el cursor se pare para decir dónde está. */
const SETTLED = 500;

const KEYS = [
  ["Flechas", "mueven el cursor; con Mayús, más deprisa"],
  ["Espacio o Intro", "bajan y suben el pincel, o ponen el sello"],
  ["Escape", "sube el pincel, o retira el trazo; con el tabulador se sale de la foto"],
  ["[ y ]", "cambian el tamaño"],
  ["+, − y 0", "acercan, alejan y enseñan la foto entera"],
  ["Ctrl-Z y Ctrl-Mayús-Z", "deshacen y rehacen"],
];

const GESTURES = [
  ["Ctrl y la rueda", "acercan o alejan donde está el puntero"],
  ["Espacio o botón central, y arrastrar", "mueven la foto"],
  ["Dos dedos", "mueven y acercan la foto; con uno se pinta"],
];

/** Las teclas, en una frase. */
export const KEYS_SENTENCE = `${KEYS.map(([key, text]) => `${key}: ${text}`).join(". ")}.`;

/** La ayuda, plegada. */
export function help() {
  const keys = [...KEYS, ...GESTURES].map(([key, text]) =>
    element("div", {}, element("dt", {}, key), element("dd", {}, text)),
  );
  return element(
    "details",
    { class: "pintor-atajos" },
    element("summary", {}, "Teclado, ratón y dedos"),
    element("dl", {}, ...keys),
  );
}

export class Voice {
  root = element("p", { class: "pintor-voz lab-estado", role: "status" });
  #timer = 0;

  /** @param {string} text @param {boolean} [isError] */
  say(text, isError) {
    clearTimeout(this.#timer);
    teller(this.root)(text, isError);
  }

  /** Lo dice si en un rato no hay nada más nuevo que decir. @param {() => string} text */
  sayWhenSettled(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.say(text()), SETTLED);
  }
}
