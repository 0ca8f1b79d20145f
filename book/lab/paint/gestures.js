/**
 * El ratón, el dedo y el lápiz sobre el lienzo: pintar, mover y acercar.
 *
 * Un dedo pinta; con dos se mueve y se acerca, y lo que hubiera empezado el primero se retira.
 *
 * @typedef {import("../hole/geometry.js").Point} Point
 *
 * @typedef {object} Handlers Los puntos son de la pantalla, desde la esquina del lienzo.
 * @property {(event: MouseEvent) => Point} place
 * @property {() => boolean} movesPhoto si ahora arrastrar mueve la foto
 * @property {(at: Point) => void} begin
 * @property {(points: Point[]) => void} follow
 * @property {() => void} end
 * @property {() => void} withdraw
 * @property {(at: Point) => boolean} tap un toque, sin arrastrar: si sirve para algo, no pinta
 * @property {(at: Point | null) => void} hover dónde está el puntero, si está
 * @property {(right: number, down: number) => void} pan
 * @property {(factor: number, from: Point, to: Point) => void} pinch
 */

const MIDDLE_BUTTON = 1;

/** Lo que se puede mover un toque, en píxeles de la pantalla. */
const STILL = 4;

/** Lo que mide, en píxeles, una línea de las que da alguna rueda. */
const WHEEL_LINE = 16;

/** Cuánto acerca la rueda, y lo más que cuenta un paso. */
const [WHEEL_GAIN, WHEEL_STEP] = [0.01, 30];

/** @param {readonly Point[]} points */
function spread([one, other]) {
  return {
    center: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
    distance: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
  };
}

export class Gestures {
  /** Los dedos apoyados, y dónde. @type {Map<number, Point>} */
  #fingers = new Map();
  /** @type {"stroke" | "pan" | "pinch" | "spent" | null} */
  #doing = null;
  /** El último sitio del puntero, en la ventana. @type {Point} */
  #last = { x: NaN, y: NaN };
  /** Dónde empezó lo que todavía puede ser un toque. @type {Point | null} */
  #touched = null;
  #canvas;
  #handlers;

  /** @param {HTMLCanvasElement} canvas @param {Handlers} handlers */
  constructor(canvas, handlers) {
    this.#canvas = canvas;
    this.#handlers = handlers;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button > MIDDLE_BUTTON || this.#fingers.size === 2) return;
    const at = this.#handlers.place(event);
    this.#fingers.set(event.pointerId, at);
    this.#capture(event.pointerId);
    this.#touched = this.#fingers.size === 1 && event.button !== MIDDLE_BUTTON ? at : null;
    if (this.#fingers.size === 2) {
      if (this.#doing === "stroke") this.#handlers.withdraw();
      this.#handlers.hover(null);
      this.#doing = "pinch";
    } else if (event.button === MIDDLE_BUTTON || this.#handlers.movesPhoto()) {
      this.#doing = "pan";
    } else {
      this.#doing = "stroke";
      this.#handlers.begin(at);
    }
    this.#canvas.classList.toggle("pintor-agarra", this.#doing === "pan");
  }

  /** @param {PointerEvent} event */
  move(event) {
    // Al desplazarse la página, el navegador repite el último movimiento del ratón.
    const isStill = event.clientX === this.#last.x && event.clientY === this.#last.y;
    this.#last = { x: event.clientX, y: event.clientY };
    const at = this.#handlers.place(event);
    const last = this.#fingers.get(event.pointerId);
    if (last) this.#drag(event, at, last);
    if (this.#doing !== "pinch" && !isStill) this.#handlers.hover(at);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.#fingers.delete(event.pointerId)) return;
    const { end, tap, withdraw } = this.#handlers;
    const wasTap = this.#touched && this.#doing !== "spent" && tap(this.#touched);
    if (this.#doing === "stroke") (wasTap ? withdraw : end)();
    this.#release(event);
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#doing === "stroke") this.#handlers.withdraw();
    this.#release(event);
  }

  /** El trazo del puntero acaba por otro camino. @returns {boolean} si lo había */
  drop() {
    if (this.#doing !== "stroke") return false;
    this.#doing = "spent";
    return true;
  }

  /** @param {PointerEvent} event @param {Point} at @param {Point} last */
  #drag(event, at, last) {
    const { place, follow, pan, pinch } = this.#handlers;
    const before = spread([...this.#fingers.values(), last]);
    this.#fingers.set(event.pointerId, at);
    const start = this.#touched;
    if (start && Math.hypot(at.x - start.x, at.y - start.y) > STILL) this.#touched = null;
    if (this.#doing === "stroke") {
      const parts = event.getCoalescedEvents?.() ?? [];
      follow(parts.length ? parts.map(place) : [at]);
    } else if (this.#doing === "pan") {
      pan(at.x - last.x, at.y - last.y);
    } else if (this.#doing === "pinch") {
      const after = spread([...this.#fingers.values()]);
      pinch(after.distance / before.distance, before.center, after.center);
    }
  }

  /** @param {PointerEvent} event */
  #release(event) {
    // Quien levanta un dedo de los dos sigue moviendo la foto con el otro.
    this.#doing = this.#fingers.size ? "pan" : null;
    this.#canvas.classList.remove("pintor-agarra");
    if (event.pointerType === "touch") this.#handlers.hover(null);
  }

  /** @param {number} id */
  #capture(id) {
    try {
      this.#canvas.setPointerCapture(id);
    } catch {
      // Se levantó antes de llegar aquí: ya no hay qué seguir fuera del lienzo.
    }
  }
}

/**
 * @param {HTMLElement} stage
 * @param {HTMLCanvasElement} canvas
 * @param {Handlers} handlers
 */
export function listenGestures(stage, canvas, handlers) {
  const gestures = new Gestures(canvas, handlers);
  canvas.addEventListener("pointerdown", (event) => gestures.down(event));
  canvas.addEventListener("pointermove", (event) => gestures.move(event));
  canvas.addEventListener("pointerup", (event) => gestures.up(event));
  canvas.addEventListener("pointercancel", (event) => gestures.cancel(event));
  canvas.addEventListener("pointerleave", () => handlers.hover(null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("mousedown", (event) => {
    // Con el botón de en medio, el navegador desplazaría la página.
    if (event.button === MIDDLE_BUTTON) event.preventDefault();
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const delta = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1;
      const step = Math.max(-WHEEL_STEP, Math.min(WHEEL_STEP, event.deltaY * delta));
      const at = handlers.place(event);
      handlers.pinch(Math.exp(-step * WHEEL_GAIN), at, at);
      handlers.hover(at);
    },
    { passive: false },
  );
  return gestures;
}
