/**
 * El antes y el después de una foto, uno encima del otro, con una raya que se mueve.
 *
 * @typedef {import("../hole/geometry.js").Rect} Rect
 * @typedef {import("../hole/geometry.js").Size} Size
 */

import { density, element } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { PhotoPyramid } from "../ui/photo_pyramid.js";
import { Viewport } from "../ui/viewport.js";
import { percent } from "../ui/writing.js";

/** Sitio que se deja alrededor de lo que ha cambiado, en partes de su lado. */
const MARGIN = 0.5;

/** Más de cerca se verían los píxeles, no la foto: píxeles de la pantalla por píxel de la foto. */
const CLOSEST = 4;

/** @typedef {{ canvas: HTMLCanvasElement, photo: PhotoPyramid }} Side */

/** @param {string} text */
const toggle = (text) =>
  element("button", { type: "button", class: "comparador-boton", "aria-pressed": "false" }, text);

/** @param {string} text @param {(pressed: boolean) => void} onPress */
function holdButton(text, onPress) {
  const button = toggle(text);
  /** @param {boolean} pressed */
  const press = (pressed) => {
    button.setAttribute("aria-pressed", String(pressed));
    onPress(pressed);
  };
  button.addEventListener("pointerdown", () => press(true));
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur", "keyup"]) {
    button.addEventListener(end, () => press(false));
  }
  button.addEventListener("keydown", ({ key }) => {
    if (key === " " || key === "Enter") press(true);
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  return button;
}

/** @param {Viewport} viewport @param {Rect} rect que se ha de ver, de la foto */
function zoomTo(viewport, { left, top, right, bottom }) {
  const [width, height] = [right - left, bottom - top];
  const { screen } = viewport;
  const wanted = Math.min(screen.width / width, screen.height / height) / (1 + 2 * MARGIN);
  viewport.fit();
  viewport.zoom(Math.min(wanted, Math.max(CLOSEST, viewport.farthest)) / viewport.view.scale);
  const middle = viewport.toScreen({ x: (left + right) / 2, y: (top + bottom) / 2 });
  viewport.pan(screen.width / 2 - middle.x, screen.height / 2 - middle.y);
}

export class Comparison {
  #before;
  #after;
  #viewport;
  /** @type {Rect | undefined} */
  #zoomed;
  #line = element("div", { class: "comparador-raya" }, icon("ends"));
  #stage;
  #slider = element("input", { type: "range", min: 0, max: 100, value: 50, step: 0.5 });
  #root;
  #frame = 0;
  #observer = new ResizeObserver(() => this.#measure());
  /** Mientras se mantiene el botón, todo es el antes. */
  #isHeld = false;

  /**
   * @param {HTMLElement} host
   * @param {Size & { before: ImageBitmap, after: ImageBitmap, rect?: Rect }} options las imágenes
   *   no se cierran; con `rect`, lo que ha cambiado, un botón se acerca a ello
   */
  constructor(host, { before, after, width, height, rect }) {
    const size = { width, height };
    const redraw = () => this.#redraw();
    /** @param {ImageBitmap} bitmap @param {string} label @returns {Side} */
    const side = (bitmap, label) => ({
      canvas: element("canvas", { role: "img", "aria-label": label }),
      photo: new PhotoPyramid(bitmap, size, redraw),
    });
    this.#before = side(before, "La foto antes");
    this.#after = side(after, "La foto después");
    this.#viewport = new Viewport(size, { width: 1, height: 1 });
    this.#stage = element(
      "div",
      { class: "comparador-foto" },
      this.#before.canvas,
      this.#after.canvas,
      this.#line,
      element("span", { class: "comparador-rotulo", "aria-hidden": "true" }, "Antes"),
      element("span", { class: "comparador-rotulo", "aria-hidden": "true" }, "Después"),
    );
    this.#stage.style.aspectRatio = `${width} / ${height}`;
    const controls = element(
      "div",
      { class: "comparador-mandos" },
      element("label", {}, element("span", {}, "Antes y después"), this.#slider),
      holdButton("Mantén pulsado para ver el antes", (held) => {
        this.#isHeld = held;
        this.#divide();
      }),
    );
    if (rect) controls.append(this.#zoomButton(rect));
    this.#root = element("div", { class: "comparador" }, this.#stage, controls);
    host.replaceChildren(this.#root);
    this.#slider.addEventListener("input", () => this.#divide());
    this.#stage.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#stage.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) this.#drag(event);
    });
    this.#observer.observe(this.#stage);
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#before.photo.close();
    this.#after.photo.close();
    this.#root.remove();
  }

  /** @param {Rect} rect */
  #zoomButton(rect) {
    const button = toggle("Acercar a lo cambiado");
    button.addEventListener("click", () => {
      this.#zoomed = this.#zoomed ? undefined : rect;
      button.setAttribute("aria-pressed", String(this.#zoomed !== undefined));
      this.#measure();
    });
    return button;
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button > 0) return;
    const { start, end } = this.#span;
    const place = event.clientX - this.#stage.getBoundingClientRect().left;
    this.#slider.value = String((100 * (place - start)) / (end - start));
    this.#divide();
  }

  /** Desde dónde hasta dónde, en la pantalla, se ve la foto. */
  get #span() {
    const { view, photo, screen } = this.#viewport;
    const start = Math.max(0, view.x);
    return { start, end: Math.min(screen.width, view.x + photo.width * view.scale) };
  }

  /** Lleva la raya a donde dice el deslizador: a su izquierda, el antes. */
  #divide() {
    const share = Number(this.#slider.value) / 100;
    const { start, end } = this.#span;
    const place = start + share * (end - start);
    this.#after.canvas.style.clipPath = `inset(0 0 0 ${this.#isHeld ? "100%" : `${place}px`})`;
    this.#line.style.transform = `translateX(${place}px)`;
    this.#line.hidden = this.#isHeld;
    this.#slider.setAttribute("aria-valuetext", `El antes ocupa el ${percent(share)}`);
  }

  #measure() {
    const [width, height] = [this.#stage.clientWidth, this.#stage.clientHeight];
    if (width === 0 || height === 0) return;
    this.#viewport.screen = { width, height };
    if (this.#zoomed) zoomTo(this.#viewport, this.#zoomed);
    else this.#viewport.fit();
    this.#divide();
    this.#redraw();
  }

  #redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const sharp = density();
      const { screen, view } = this.#viewport;
      const scaled = { scale: view.scale * sharp, x: view.x * sharp, y: view.y * sharp };
      for (const { canvas, photo } of [this.#before, this.#after]) {
        canvas.width = Math.round(screen.width * sharp);
        canvas.height = Math.round(screen.height * sharp);
        const context = canvas.getContext("2d");
        if (context) photo.draw(context, scaled);
      }
    });
  }
}
