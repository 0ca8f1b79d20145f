/**
 * El pintor: se abre una foto, se pinta encima lo que sobra y se marcan las caras.
 *
 * Avisa con un evento «change» cuando cambia lo pintado, algún marco o la foto, y con «stroke» al
 * acabar un trazo. Lo restaurado entra en la misma historia que los trazos.
 *
 * @typedef {import("./face_frames.js").Face} Face
 * @typedef {import("../engine/masks.js").Masks} Masks
 * @typedef {import("../hole/geometry.js").Point} Point
 * @typedef {import("../hole/geometry.js").Size} Size
 * @typedef {import("../photo/pieces.js").Piece} Piece
 */

import { PaintedHole } from "../hole/painted_hole.js";
import { element } from "../ui/dom.js";
import { FORGOTTEN, percent } from "../ui/writing.js";
import { Brush } from "./brush.js";
import { Cursor } from "./cursor.js";
import { Easel } from "./easel.js";
import { FaceFrames } from "./face_frames.js";
import { listenGestures } from "./gestures.js";
import { listenKeys, ZOOM_STEP } from "./keys.js";
import { Proposals } from "./proposals.js";
import { Retouches } from "./retouches.js";
import { Toolbar } from "./toolbar.js";
import { help, Voice } from "./voice.js";

export class Painter extends EventTarget {
  #easel = new Easel(() => this.#onFrame());
  voice = new Voice();
  #cursor = new Cursor();
  #frames = new FaceFrames(() => this.#easel.viewport, () => this.#changed(), this.voice);
  proposals = new Proposals(() => this.#easel.viewport, this.voice, (point) =>
    this.#look(() => this.#easel.viewport.reveal(point)),
  );
  #scale = element("p", { class: "pintor-escala", "aria-hidden": "true" });
  #isBusy = false;
  #retouches = new Retouches();
  #onPhoto;
  #toolbar;
  #brush;
  #root;
  #gestures;
  #space;

  /**
   * @param {HTMLElement} host lo que lleve dentro queda debajo de la foto
   * @param {{ masks: Masks, onPhoto?: (pieces: readonly Piece[]) => void }} options a `onPhoto` se le
   *   dice cada cambio de la foto
   */
  constructor(host, { masks, onPhoto = () => {} }) {
    super();
    this.#onPhoto = onPhoto;
    this.#toolbar = new Toolbar(masks, {
      onTool: () => this.#onTool(),
      onOrder: (order) => this.#orders[order](),
      onSize: (position) => this.#brush.resize(position),
    });
    this.#brush = new Brush({
      masks,
      easel: this.#easel,
      toolbar: this.#toolbar,
      voice: this.voice,
      onStroke: () => {
        this.#changed();
        this.dispatchEvent(new Event("stroke"));
      },
    });
    this.#easel.root.append(this.proposals.root, this.#frames.root, this.#cursor.root);
    const foot = element("div", { class: "pintor-pie" }, this.voice.root, this.#scale);
    this.#root = element(
      "div",
      { class: "pintor" },
      this.#toolbar.root,
      this.#easel.root,
      ...host.children,
      foot,
    );
    host.replaceChildren(this.#root, help());
    const { canvas, root } = this.#easel;
    this.#space = listenKeys(this.#root, canvas, this.#keyActions());
    this.#gestures = listenGestures(root, canvas, this.#pointerHandlers());
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && this.#brush.take());
    canvas.addEventListener("blur", () => this.#brush.leave());
    this.#onTool();
  }

  /** Lo pintado, con su historia. */
  get painting() {
    return this.#brush.painting;
  }

  /** Por filas, 1 donde se ha pintado. Hasta que se abre una foto, vacío. */
  get hole() {
    return this.painting.hole;
  }

  /** El tamaño de la foto abierta, si la hay. @returns {Size | null} */
  get size() {
    return this.hole.length ? this.painting.size : null;
  }

  get painted() {
    return this.painting.painted;
  }

  /** Si la foto que se ve está restaurada en algún sitio. */
  get isRetouched() {
    return this.#retouches.any;
  }

  /** Los marcos, como están ahora. @returns {Face[]} */
  get faces() {
    return this.#frames.faces;
  }

  /** Cómo se ve ahora la foto: su escala y dónde cae su esquina en el lienzo. */
  get view() {
    return this.#easel.viewport.view;
  }

  /**
   * Abre una foto, sin nada pintado ni ningún marco.
   *
   * @param {ImageBitmap} bitmap no se cierra: sigue siendo de quien la da
   * @param {Size} size
   */
  open(bitmap, { width, height }) {
    this.#gestures.drop();
    const painting = new PaintedHole({ width, height });
    this.#root.classList.add("pintor-abierto");
    this.#easel.canvas.setAttribute("aria-label", `Foto de ${width} por ${height}: pinta encima`);
    this.#easel.open(bitmap, painting);
    this.#brush.open(painting);
    this.#retouches = new Retouches();
    this.#frames.faces = [];
    this.proposals.open([], painting);
    this.#easel.moved();
    this.#changed();
  }

  /** Pinta el hueco de un dibujo en lugar de lo pintado. @param {Uint8Array} hole */
  load(hole) {
    this.#edit((painting) => painting.replace(hole));
  }

  /**
   * Lo pintado desaparece, y la foto cambia. Se puede deshacer.
   *
   * @param {{ before: Piece[], after: Piece[] }} pieces
   * @param {Uint8Array} hole lo restaurado: lo pintado, sin lo que se conserva y con lo propuesto
   * @param {boolean} joined si se deshace a la vez que el último trazo
   */
  setRestored({ before, after }, hole, joined) {
    const change = { before: this.#retouches.place(before), after };
    this.#showPhoto(after);
    this.#edit((painting) => painting.restore(hole, change, joined));
  }

  /** Enseña la foto como era al abrirla, o como está. @param {boolean} isBefore */
  showBefore(isBefore) {
    this.#easel.paste(isBefore ? this.#retouches.originals : this.#retouches.current);
    this.#root.classList.toggle("pintor-antes", isBefore);
  }

  /** @param {readonly Face[]} faces */
  setFaces(faces) {
    this.#frames.faces = [...faces];
    this.#changed();
  }

  /** @param {boolean} busy mientras, no se puede pintar */
  setBusy(busy) {
    this.#gestures.drop();
    this.#brush.isBusy = this.#isBusy = this.#toolbar.disabled = busy;
    this.#root.setAttribute("aria-busy", String(busy));
    this.#onTool();
  }

  /** Lo que hace cada botón. @type {Record<import("./toolbar.js").Order, () => void>} */
  #orders = {
    undo: () => this.#revisit("undo", "Deshecho.", "No hay nada que deshacer."),
    redo: () => this.#revisit("redo", "Rehecho.", "No hay nada que rehacer."),
    clear: () => {
      const cleared = this.#edit((painting) => painting.clear());
      this.voice.say(cleared ? "Borrado todo lo pintado." : "No hay nada pintado.");
    },
    in: () => this.#zoom(ZOOM_STEP),
    out: () => this.#zoom(1 / ZOOM_STEP),
    whole: () => this.#look(() => this.#easel.viewport.fit()),
    addFace: () => this.#frames.add(),
  };

  /** @returns {import("./keys.js").Actions} */
  #keyActions() {
    return {
      ...this.#orders,
      zoom: (factor) => this.#zoom(factor),
      fit: this.#orders.whole,
      thicken: (direction) => this.#brush.thicken(direction),
      step: (right, down) => this.#brush.step(right, down),
      toggle: () => this.#brush.toggle(),
      press: (down) => this.#brush.press(down),
      escape: () => {
        if (this.#gestures.drop()) this.#brush.withdraw();
        else this.#brush.press(false);
      },
    };
  }

  /** @returns {import("./gestures.js").Handlers} */
  #pointerHandlers() {
    return {
      place: (event) => this.#easel.place(event),
      movesPhoto: () => this.#space.drag() || !this.#brush.paints,
      begin: (at) => this.#brush.begin(at),
      follow: (points) => this.#brush.follow(points),
      end: () => this.#brush.lift(),
      withdraw: () => this.#brush.withdraw(),
      tap: (at) => !this.#isBusy && this.proposals.tap(at),
      hover: (at) => this.#brush.hover(at),
      pan: (right, down) => this.#look(() => this.#easel.viewport.pan(right, down)),
      pinch: (factor, from, to) => this.#look(() => this.#easel.viewport.pinch(factor, from, to)),
    };
  }

  /** @param {"undo" | "redo"} way @param {string} done @param {string} nothing */
  #revisit(way, done, nothing) {
    if (this.#isBusy) return;
    this.#gestures.drop();
    this.#brush.lift();
    const steps = this.painting[way]();
    for (const { change } of steps) {
      if (change) this.#showPhoto(way === "undo" ? change.before : change.after);
    }
    this.#easel.refresh();
    const said = steps.length ? done : nothing;
    const isOver = way === "undo" && this.painting.isExhausted;
    this.voice.say(isOver ? `${said} ${FORGOTTEN}` : said);
    if (steps.length) this.#changed();
  }

  /** @param {readonly Piece[]} pieces que cambian */
  #showPhoto(pieces) {
    this.#retouches.set(pieces);
    this.#easel.paste(pieces);
    this.#onPhoto(pieces);
  }

  /** Cambia lo pintado de una vez. @param {(painting: PaintedHole) => boolean} edit */
  #edit(edit) {
    this.#gestures.drop();
    this.#brush.lift();
    const changed = edit(this.painting);
    this.#easel.refresh();
    if (changed) this.#changed();
    return changed;
  }

  /** @param {number} factor */
  #zoom(factor) {
    this.#look(() => this.#easel.viewport.zoom(factor, this.#brush.focus));
  }

  /** Cambia qué parte de la foto se ve. @param {() => void} change */
  #look(change) {
    const { scale } = this.view;
    change();
    this.#easel.moved();
    if (scale !== this.view.scale) {
      this.voice.sayWhenSettled(() => `Ampliación: ${percent(this.view.scale)}.`);
    }
  }

  #onTool() {
    this.#gestures.drop();
    this.#brush.lift();
    const { tool } = this.#toolbar;
    this.#frames.active = tool === "face" && !this.#isBusy;
    this.#root.dataset.herramienta = this.#brush.paints ? "pintar" : "mover";
  }

  #changed() {
    const { painting } = this.#brush;
    this.#toolbar.showUseful({
      undo: painting.canUndo,
      redo: painting.canRedo,
      clear: painting.painted || painting.keeps,
    });
    this.proposals.update();
    this.dispatchEvent(new Event("change"));
  }

  #onFrame() {
    this.#frames.place();
    this.proposals.place();
    this.#cursor.show(this.#brush.look);
    this.#scale.textContent = percent(this.view.scale);
  }
}
