/** El taller (`worker.js`) visto desde la página: cada orden es una promesa. */

import { UNEXPECTED, UserError } from "../engine/errors.js";

/** Lo que lanza una orden que se canceló a medias. */
export class Cancelled extends Error {
  name = "Cancelled";
}

export class Workshop {
  #worker;
  #last = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void,
   *   onProgress?: (share: number) => void }>} */
  #pending = new Map();

  /** @param {import("./worker.js").Assets} assets */
  constructor(assets) {
    // Nacido de un Blob, el taller hereda las prohibiciones de la página: tampoco él sale de aquí.
    const code = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", () => this.#fail());
    this.call("start", assets);
  }

  /**
   * @param {string} method uno de los de `worker.js`
   * @param {any} [args]
   * @param {(share: number) => void} [onProgress]
   * @returns {Promise<any>} lanza UserError, con lo que hay que hacer, o Cancelled
   */
  call(method, args, onProgress) {
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
      this.#worker.postMessage({ id, method, args });
    });
  }

  /** @param {{ id: number, result?: any, error?: string | null, progress?: number }} message */
  #receive({ id, result, error, progress }) {
    const order = this.#pending.get(id);
    if (!order) return;
    if (progress !== undefined) {
      order.onProgress?.(progress);
      return;
    }
    this.#pending.delete(id);
    if (error === undefined) order.resolve(result);
    else order.reject(error === null ? new Cancelled() : new UserError(error));
  }

  #fail() {
    const error = new UserError("El taller no arranca en este navegador: usa uno más reciente.");
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
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
    else {
      say(UNEXPECTED);
      throw error;
    }
  }
}
