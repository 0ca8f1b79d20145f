/**
 * El caballete: la foto y, encima, lo pintado, en dos lienzos del tamaño de la pantalla.
 *
 * Se dibuja, como mucho, una vez por fotograma, y de lo pintado, solo donde ha cambiado.
 *
 * @typedef {import("../hole/geometry.js").Point} Point
 * @typedef {import("../hole/geometry.js").Rect} Rect
 * @typedef {import("../hole/geometry.js").Size} Size
 */

import { clip, intersection, isEmpty } from "../hole/geometry.js";
import { density, element } from "../ui/dom.js";
import { PhotoPyramid } from "../ui/photo_pyramid.js";
import { Viewport } from "../ui/viewport.js";
import { colors, INKS } from "./overlay.js";
import { KEYS_SENTENCE } from "./voice.js";

const EVERYWHERE = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };

/** @param {HTMLCanvasElement} canvas */
const brushOf = (canvas) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: true }));

/**
 * Dónde se ve lo pintado en una zona de la foto, con su borde, que se sale de ella.
 *
 * @param {Rect} rect @param {import("../ui/viewport.js").View} view @param {number} line
 * @returns {Rect}
 */
function onScreen({ left, top, right, bottom }, { scale, x, y }, line) {
  const margin = 2 * line + 1;
  return {
    left: Math.floor(left * scale + x) - margin,
    top: Math.floor(top * scale + y) - margin,
    right: Math.ceil(right * scale + x) + margin,
    bottom: Math.ceil(bottom * scale + y) + margin,
  };
}

export class Easel {
  canvas = element("canvas", {
    class: "pintor-foto",
    role: "application",
    tabindex: 0,
    "aria-description": KEYS_SENTENCE,
  });
  #overlay = element("canvas", { class: "pintor-pintado", "aria-hidden": "true" });
  root = element("div", { class: "pintor-caballete" }, this.canvas, this.#overlay);
  viewport = new Viewport({ width: 1, height: 1 }, { width: 1, height: 1 });

  #photo = brushOf(this.canvas);
  #painted = brushOf(this.#overlay);
  /** @type {PhotoPyramid | null} */
  #reduced = null;
  /** @type {import("../hole/painted_hole.js").PaintedHole | null} */
  #painting = null;
  #density = 1;
  /** Si hay que volver a dibujarlo todo. */
  #stale = false;
  #frame = 0;
  #onFrame;
  #observer = new ResizeObserver(() => this.#measure());

  /** @param {() => void} onFrame después de dibujar */
  constructor(onFrame) {
    this.#onFrame = onFrame;
    this.#observer.observe(this.root);
  }

  /**
   * @param {ImageBitmap} bitmap
   * @param {import("../hole/painted_hole.js").PaintedHole} painting lo que se pinta encima
   */
  open(bitmap, painting) {
    this.#reduced?.close();
    this.#reduced = new PhotoPyramid(bitmap, painting.size, () => this.moved());
    this.#painting = painting;
    this.#measure();
    this.viewport = new Viewport(painting.size, this.viewport.screen);
  }

  /** Cambia unos trozos de la foto. @param {readonly import("../photo/pieces.js").Piece[]} pieces */
  paste(pieces) {
    this.#reduced?.paste(pieces);
    this.moved();
  }

  /** Se ve otra parte de la foto. */
  moved() {
    this.#stale = true;
    this.refresh();
  }

  /** Ha cambiado algo de lo que se ve. */
  refresh() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** @param {MouseEvent} event @returns {Point} de la pantalla, desde la esquina del lienzo */
  place(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #measure() {
    const [width, height] = [this.root.clientWidth, this.root.clientHeight];
    if (width === 0 || height === 0) return;
    this.#density = density();
    const pixels = [Math.round(width * this.#density), Math.round(height * this.#density)];
    for (const canvas of [this.canvas, this.#overlay]) {
      if (canvas.width !== pixels[0]) canvas.width = pixels[0];
      if (canvas.height !== pixels[1]) canvas.height = pixels[1];
    }
    this.viewport.resize({ width, height });
    // Al cambiar de tamaño, un lienzo se vacía: si no se dibuja ya, parpadea.
    this.#stale = true;
    this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#painting || !this.#reduced) return;
    const { scale, x, y } = this.viewport.view;
    const view = {
      scale: scale * this.#density,
      x: Math.round(x * this.#density),
      y: Math.round(y * this.#density),
    };
    const unseen = this.#painting.takeUnseen();
    if (this.#stale) {
      this.#reduced.draw(this.#photo, view);
      this.#drawPainted(view, EVERYWHERE);
    } else if (unseen) {
      this.#drawPainted(view, unseen);
    }
    this.#stale = false;
    this.#onFrame();
  }

  /**
   * @param {import("../ui/viewport.js").View} view en píxeles del lienzo
   * @param {Rect} rect de la foto
   */
  #drawPainted(view, rect) {
    const line = Math.round(this.#density);
    const { width, height } = this.#overlay;
    const changed = clip(onScreen(rect, view, line), { width, height });
    if (isEmpty(changed) || !this.#painting) return;
    const { bounds, pyramids } = this.#painting;
    this.#painted.clearRect(
      changed.left,
      changed.top,
      changed.right - changed.left,
      changed.bottom - changed.top,
    );
    const drawn = bounds && intersection(changed, onScreen(bounds, view, line));
    if (!drawn || isEmpty(drawn)) return;
    const image = new ImageData(drawn.right - drawn.left, drawn.bottom - drawn.top);
    const seen = new Uint32Array(image.data.buffer);
    pyramids.forEach(({ levels }, i) => colors(levels, view, drawn, line, INKS[i], seen));
    this.#painted.putImageData(image, drawn.left, drawn.top);
  }
}
