/** La barra de lo que dura: no se llena antes de empezar, y dice lo que falta si falta mucho. */

import { timeLeft } from "../ui/writing.js";

export class Progress {
  #bar;
  #say;
  #text = "";
  #began = 0;

  /** @param {HTMLProgressElement} bar @param {(text: string) => void} say */
  constructor(bar, say) {
    this.#bar = bar;
    this.#say = say;
  }

  /** Empieza algo, que aún no se sabe cuánto dura. @param {string} text */
  begin(text) {
    this.#text = text;
    this.#began = performance.now();
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    this.#say(text);
  }

  /** @param {number} share lo que ya está hecho, de 0 a 1 @param {string} [text] lo que se dice */
  show(share, text = this.#text) {
    this.#bar.hidden = false;
    // Lo que queda después de lo que se puede contar no se sabe cuánto dura.
    if (share < 1) this.#bar.value = share;
    else this.#bar.removeAttribute("value");
    const left = timeLeft(share, (performance.now() - this.#began) / 1000);
    this.#say(left ? `${text} ${left}` : text);
  }

  end() {
    this.#bar.hidden = true;
  }
}
