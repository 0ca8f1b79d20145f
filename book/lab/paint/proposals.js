/**
 * Las marcas que la red propone quitar: se ve su contorno, y cada una se descarta o se recupera con
 * un toque o, con el teclado, con el espacio.
 *
 * @typedef {import("../engine/finding.js").Mark} Mark
 * @typedef {import("../hole/geometry.js").Point} Point
 * @typedef {import("../hole/painted_hole.js").PaintedHole} PaintedHole
 *
 * @typedef {object} Proposal
 * @property {Mark} mark
 * @property {SVGGElement} drawing
 * @property {Point} center
 * @property {number} radius en píxeles de la foto
 * @property {boolean} isDropped si el lector la ha descartado
 * @property {boolean} isShown si se ve: pasa los límites, y no se ha restaurado ya
 * @property {boolean} isAccepted si se va a quitar
 */

import { shape } from "../ui/icons.js";
import { percent } from "../ui/writing.js";
import { outline } from "./cursor.js";

/** Lo que un toque puede fallar, en píxeles de la pantalla. */
const REACH = 8;

export class Proposals {
  #scene = shape("g");
  root = shape(
    "svg",
    { class: "pintor-propuestas", role: "group", "aria-label": "Marcas propuestas" },
    this.#scene,
  );
  /** @type {Proposal[]} */
  #all = [];
  #limits = { threshold: 0, largest: 1 };
  /** @type {PaintedHole | null} */
  #painting = null;
  #viewport;
  #voice;
  #reveal;

  /**
   * @param {() => import("../ui/viewport.js").Viewport} viewport
   * @param {import("./voice.js").Voice} voice
   * @param {(point: Point) => void} reveal hace que se vea un punto de la foto
   */
  constructor(viewport, voice, reveal) {
    this.#viewport = viewport;
    this.#voice = voice;
    this.#reveal = reveal;
  }

  /** Las que se van a quitar. */
  get accepted() {
    return this.#all.filter(({ isAccepted }) => isAccepted).map(({ mark }) => mark);
  }

  /** @param {readonly Mark[]} marks @param {PaintedHole} painting el de su foto */
  open(marks, painting) {
    this.#painting = painting;
    this.#all = marks.map((mark, i) => this.#make(mark, i, painting.size));
    this.#scene.replaceChildren(...this.#all.map(({ drawing }) => drawing));
    this.update();
  }

  /** Deja las más seguras y que no pasen de un tamaño. @param {number} threshold @param {number} largest */
  choose(threshold, largest) {
    this.#limits = { threshold, largest };
    this.update();
  }

  /** Lo pintado, lo que se conserva o la foto han cambiado. */
  update() {
    const { threshold, largest } = this.#limits;
    for (const one of this.#all) {
      const { pixels, chance, size } = one.mark;
      const middle = pixels[pixels.length >> 1];
      one.isShown =
        chance > threshold && size <= largest && !this.#painting?.isRestored(middle);
      // La que asoma por lo que se conserva tampoco se quita.
      const isKept = pixels.some((pixel) => this.#painting?.kept[pixel]);
      one.isAccepted = one.isShown && !one.isDropped && !isKept;
      one.drawing.classList.toggle("pintor-escondido", !one.isShown);
      one.drawing.setAttribute("aria-checked", `${one.isAccepted}`);
    }
    this.place();
  }

  /** Las pone donde toca, según lo que se ve de la foto. */
  place() {
    const { scale, x, y } = this.#viewport().view;
    this.#scene.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  /** Descarta o recupera la que haya en un punto de la pantalla. @param {Point} point
   * @returns {boolean} si la hay */
  tap(point) {
    const viewport = this.#viewport();
    const at = viewport.toPhoto(point);
    /** @param {Proposal} one */
    const away = ({ center, radius }) => Math.hypot(at.x - center.x, at.y - center.y) - radius;
    const [nearest] = this.#all
      .filter((one) => one.isShown && away(one) < REACH / viewport.view.scale)
      .sort((one, other) => away(one) - away(other));
    if (nearest) this.#toggle(nearest);
    return Boolean(nearest);
  }

  /** @param {Proposal} one */
  #toggle(one) {
    one.isDropped = one.isAccepted;
    this.update();
    const place = this.#all.indexOf(one) + 1;
    this.#voice.say(`La marca ${place} se ${one.isAccepted ? "quita" : "queda"}.`);
  }

  /** @param {Mark} mark @param {number} i @param {{ width: number, height: number }} photo
   * @returns {Proposal} */
  #make(mark, i, { width, height }) {
    const places = [...mark.pixels].map((pixel) => [pixel % width, Math.floor(pixel / width)]);
    const [columns, rows] = [0, 1].map((axis) => places.map((place) => place[axis]));
    const [left, right] = [Math.min(...columns), Math.max(...columns) + 1];
    const [top, bottom] = [Math.min(...rows), Math.max(...rows) + 1];
    const [across, down] = [right - left, bottom - top];
    const side = Math.max(across, down);
    const mask = new Uint8Array(side * side);
    for (const [column, row] of places) mask[(row - top) * side + column - left] = 1;
    const center = { x: (left + right) / 2, y: (top + bottom) / 2 };
    const where = `en ${percent(center.x / width)}, ${percent(center.y / height)}`;
    const d = outline(mask, side);
    const drawing = shape(
      "g",
      {
        role: "checkbox",
        tabindex: 0,
        "aria-label": `Quitar la marca ${i + 1}, ${where}; segura al ${percent(mark.chance)}`,
        transform: `translate(${left} ${top})`,
      },
      shape("path", { class: "pintor-oscuro", d }),
      shape("path", { class: "pintor-claro", d }),
      shape("path", { class: "pintor-tachado", d: `M0 0l${across} ${down}m0 ${-down}l${-across} ${down}` }),
    );
    const now = { isDropped: false, isShown: true, isAccepted: true };
    const one = { mark, drawing, center, radius: side / 2, ...now };
    drawing.addEventListener("focus", () => this.#reveal(center));
    drawing.addEventListener("click", () => this.#toggle(one));
    drawing.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      this.#toggle(one);
      event.preventDefault();
      event.stopPropagation();
    });
    return one;
  }
}
