/** La barra de lo que dura: no se llena antes de empezar, y dice lo que falta si falta mucho. */

import { timeLeft } from "../ui/writing.js";

export class Progress {
  #bar;
  #say;
  /** Lo que está en marcha. */
  #current = {};

  /** @param {HTMLProgressElement} bar @param {(text: string) => void} say */
  constructor(bar, say) {
    this.#bar = bar;
    this.#say = say;
  }

  /**
   * Empieza algo, que aún no se sabe cuánto dura.
   *
   * @param {string} text
   * @returns {(share: number, now?: string) => void} cuenta lo que ya está hecho, de 0 a 1, y lo que
   *   se dice; lo que se cuenta cuando ya ha acabado, que taparía cómo, no se oye
   */
  begin(text) {
    const [mine, began] = [{}, performance.now()];
    this.#current = mine;
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    this.#say(text);
    return (share, now = text) => {
      if (mine !== this.#current) return;
      // Lo que queda después de lo que se puede contar no se sabe cuánto dura.
      if (share < 1) this.#bar.value = share;
      else this.#bar.removeAttribute("value");
      const left = timeLeft(share, (performance.now() - began) / 1000);
      this.#say(left ? `${now} ${left}` : now);
    };
  }

  end() {
    this.#current = {};
    this.#bar.hidden = true;
  }
}
