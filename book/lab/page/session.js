/**
 * Lo que hay abierto en la página: una foto a la vez, y lo que se le ha pedido al taller.
 *
 * Manda la última foto elegida: lo que llega tarde de las demás se deja.
 *
 * @typedef {object} Shown La foto que se ve.
 * @property {Awaited<ReturnType<import("./workshop.js").Workshop["open"]>>} remote en el taller
 * @property {ImageBitmap} bitmap
 * @property {number} width
 * @property {number} height
 */

import { UserError } from "../engine/errors.js";
import { proxy } from "./comlink.js";
import { startWorkshop } from "./workshop.js";

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
    const { bitmap, remote } = /** @type {any} */ (answer).value ?? {};
    bitmap?.close();
    remote?.close();
    throw new Late();
  }
  if (answer.status === "rejected") throw answer.reason;
  return answer.value;
}

export class Session {
  /** @type {Shown | null} */
  photo = null;
  /** Cuántas fotos se han elegido. */
  #choices = 0;
  #workshop;

  /** @param {import("./worker.js").Assets} assets */
  constructor(assets) {
    this.#workshop = startWorkshop(assets);
  }

  /** Baja la red. @param {(share: number) => void} onProgress */
  async load(onProgress) {
    await (await this.#workshop).load(proxy(onProgress));
  }

  /** Los segundos que tarda una ventana. */
  async measure() {
    return (await this.#workshop).measure();
  }

  /** El hueco de un dibujo del tamaño de la foto. @param {Blob} file */
  async readMask(file) {
    const { width, height } = /** @type {Shown} */ (this.photo);
    const workshop = await this.#workshop;
    return this.ask(() => workshop.readMask(file, { width, height }));
  }

  /** @param {Uint8Array} hole @param {number} width @returns {Promise<Blob>} un PNG, negro sobre blanco */
  async writeMask(hole, width) {
    return (await this.#workshop).writeMask(hole, width);
  }

  /** Abre una foto y, si no se ha elegido otra mientras tanto, es la que se ve.
   * @param {Blob | Promise<Blob>} file @param {string} name */
  async open(file, name) {
    const choice = (this.#choices += 1);
    this.cancel();
    const opening = async () => {
      const [workshop, blob] = await Promise.all([this.#workshop, file]);
      const remote = await workshop.open(blob, name);
      return { remote, ...(await remote.show()) };
    };
    this.#show(await inTime(opening(), () => choice !== this.#choices));
  }

  /**
   * Restaura la foto: da lo que cambia, pero no la cambia.
   *
   * @param {Uint8Array} hole
   * @param {import("../engine/restore.js").Face[]} faces
   * @param {(share: number) => void} onProgress
   * @param {(share: number) => void} onDownload lo que ha llegado de la red de los rasgos
   */
  async restore(hole, faces, onProgress, onDownload) {
    return this.#run((remote) =>
      remote.restore(hole, faces, proxy(onProgress), proxy(onDownload)),
    );
  }

  /**
   * Las marcas que se proponen quitar de unas caras, y en cuántas se ha mirado.
   *
   * @param {import("../engine/restore.js").Face[]} faces
   * @param {(share: number) => void} onProgress
   * @param {(share: number) => void} onDownload lo que ha llegado de la red que busca
   */
  async findMarks(faces, onProgress, onDownload) {
    return this.#run((remote) => remote.findMarks(faces, proxy(onProgress), proxy(onDownload)));
  }

  /** Cambia unos trozos de la foto: lo que se pida después, se pide de la cambiada.
   * @param {readonly import("../photo/pieces.js").Piece[]} pieces */
  paste(pieces) {
    this.photo?.remote.paste(pieces);
  }

  /** Deja a medias la restauración o la búsqueda, si hay alguna. */
  cancel() {
    this.photo?.remote.cancel();
  }

  /**
   * Pide algo de la foto que se ve; si al contestar ya es otra, o ya da igual, lanza Late.
   *
   * @template Result
   * @param {(remote: Shown["remote"]) => Promise<Result>} order
   */
  async ask(order, isLate = () => false) {
    const { photo } = this;
    if (!photo) throw new UserError("Todavía no hay ninguna foto: elige una.");
    return inTime(order(photo.remote), () => photo !== this.photo || isLate());
  }

  /** Pide algo que se deja a medias si se elige otra foto, aunque no se abra.
   * @template Result @param {(remote: Shown["remote"]) => Promise<Result>} order */
  async #run(order) {
    const choice = this.#choices;
    return this.ask(order, () => choice !== this.#choices);
  }

  /** @param {Shown} photo la que se ve desde ahora */
  #show(photo) {
    this.photo?.bitmap.close();
    this.photo?.remote.close();
    this.photo = photo;
  }
}
