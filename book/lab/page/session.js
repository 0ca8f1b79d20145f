/**
 * Lo que hay abierto en la página: una foto a la vez, y lo que se le ha pedido al taller.
 *
 * Manda la última foto elegida: lo que llega tarde de las demás se deja.
 *
 * @typedef {object} Shown La foto que se ve.
 * @property {import("./workshop.js").RemotePhoto} remote la misma, en el taller
 * @property {ImageBitmap} bitmap
 * @property {number} width
 * @property {number} height
 */

import { UserError } from "../engine/errors.js";
import { following, startWorkshop } from "./workshop.js";

/** Lo que lanza una orden cuya respuesta llega cuando ya no le importa a nadie. */
export class Late extends Error {
  name = "Late";
}

/**
 * Lo que da una orden; si entre tanto ha dejado de importar, se tira y lanza Late.
 *
 * @template Result
 * @param {Promise<Result>} order
 * @param {() => boolean} isLate
 */
async function inTime(order, isLate) {
  const [answer] = await Promise.allSettled([order]);
  if (isLate()) {
    if (answer.status === "fulfilled") discard(answer.value);
    throw new Late();
  }
  if (answer.status === "rejected") throw answer.reason;
  return answer.value;
}

/** @param {any} answer lo que contesta el taller */
function discard(answer) {
  answer?.bitmap?.close();
  answer?.remote?.close();
}

export class Session {
  /** @type {Shown | null} */
  photo = null;
  /** @type {ImageBitmap | null} */
  #restored = null;
  /** Cuántas fotos se han elegido. */
  #choices = 0;
  #workshop;

  /** @param {import("./workshop.js").Assets} assets */
  constructor(assets) {
    this.#workshop = startWorkshop(assets);
  }

  /** Baja la red. @param {(share: number) => void} onProgress */
  async load(onProgress) {
    const workshop = await this.#workshop;
    await following(onProgress, (report) => workshop.load(report));
  }

  /** Abre una foto y, si no se ha elegido otra mientras tanto, es la que se ve.
   * @param {Blob | Promise<Blob>} file @param {string} name */
  async open(file, name) {
    const choice = (this.#choices += 1);
    this.cancel();
    const opening = async () => {
      const remote = await (await this.#workshop).open(await file, name);
      return { remote, ...(await remote.show()) };
    };
    this.#show(await inTime(opening(), () => choice !== this.#choices));
  }

  /** Las caras de la foto. */
  faces() {
    return this.#ask((remote) => remote.faces());
  }

  /**
   * Restaura la foto.
   *
   * @param {Uint8Array} hole
   * @param {import("../engine/restore.js").Face[]} faces
   * @param {(share: number) => void} onProgress
   */
  async restore(hole, faces, onProgress) {
    const choice = this.#choices;
    this.#dropRestored();
    try {
      const answer = await this.#ask((remote) =>
        following(onProgress, (report) => remote.restore(hole, faces, report)),
      );
      this.#restored = answer.bitmap;
      return answer;
    } catch (error) {
      throw choice === this.#choices ? error : new Late();
    }
  }

  /** Deja a medias la restauración, si hay alguna. */
  cancel() {
    this.photo?.remote.cancel();
  }

  /** Pasa a partir de la foto restaurada. */
  async keep() {
    const kept = await this.#ask((remote) => remote.keep());
    this.#show({ .../** @type {Shown} */ (this.photo), ...kept });
  }

  /** El fichero con la foto restaurada, y su nombre. */
  save() {
    return this.#ask((remote) => remote.save());
  }

  /** Lo que pasa dentro de la red con una ventana de la foto.
   * @param {Uint8Array} hole @param {import("../engine/windows.js").Square} square
   * @param {number[]} cut */
  lookInside(hole, square, cut) {
    return this.#ask((remote) => remote.lookInside(hole, square, cut));
  }

  /**
   * @template Result
   * @param {(remote: import("./workshop.js").RemotePhoto) => Promise<Result>} order
   */
  async #ask(order) {
    const { photo } = this;
    if (!photo) throw new UserError("Todavía no hay ninguna foto: elige una.");
    return inTime(order(photo.remote), () => photo !== this.photo);
  }

  /** @param {Shown} photo la que se ve desde ahora */
  #show(photo) {
    this.#dropRestored();
    this.photo?.bitmap.close();
    if (photo.remote !== this.photo?.remote) this.photo?.remote.close();
    this.photo = photo;
  }

  #dropRestored() {
    this.#restored?.close();
    this.#restored = null;
  }
}
