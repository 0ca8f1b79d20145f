/**
 * Qué parte de la foto se ve, y a qué tamaño: la cuenta de acercar, alejar y mover.
 *
 * @typedef {import("../hole/geometry.js").Point} Point
 * @typedef {import("../hole/geometry.js").Size} Size
 *
 * @typedef {object} View
 * @property {number} scale píxeles de la pantalla que mide un píxel de la foto
 * @property {number} x dónde cae, en la pantalla, la esquina de la foto
 * @property {number} y
 */

/** Lo más que se acerca: píxeles de la pantalla por píxel de la foto. */
const CLOSEST = 32;

/**
 * La esquina de la foto, a lo largo de un eje: centrada si cabe; si no, sin dejar margen.
 *
 * @param {number} corner @param {number} length de la foto, en la pantalla @param {number} room
 */
function settle(corner, length, room) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, corner));
}

export class Viewport {
  photo;
  screen;
  /** @type {View} */
  view = { scale: 1, x: 0, y: 0 };

  /** @param {Size} photo @param {Size} screen */
  constructor(photo, screen) {
    this.photo = photo;
    this.screen = screen;
    this.fit();
  }

  /** La escala a la que se ve entera, que es la menor. */
  get farthest() {
    return Math.min(this.screen.width / this.photo.width, this.screen.height / this.photo.height);
  }

  get isWhole() {
    return this.view.scale <= this.farthest;
  }

  fit() {
    this.#set(this.farthest, 0, 0);
  }

  /** @param {Point} point de la pantalla @returns {Point} de la foto */
  toPhoto({ x, y }) {
    return { x: (x - this.view.x) / this.view.scale, y: (y - this.view.y) / this.view.scale };
  }

  /** @param {Point} point de la foto @returns {Point} de la pantalla */
  toScreen({ x, y }) {
    return { x: x * this.view.scale + this.view.x, y: y * this.view.scale + this.view.y };
  }

  /** El punto de la foto que queda en medio de la pantalla. */
  get center() {
    return this.toPhoto({ x: this.screen.width / 2, y: this.screen.height / 2 });
  }

  /** @param {number} right @param {number} down */
  pan(right, down) {
    this.#set(this.view.scale, this.view.x + right, this.view.y + down);
  }

  /**
   * @param {number} factor
   * @param {Point} [at] el punto de la pantalla que no se mueve: si no se dice, el de en medio
   */
  zoom(factor, at = { x: this.screen.width / 2, y: this.screen.height / 2 }) {
    this.pinch(factor, at, at);
  }

  /**
   * Acerca o aleja, y lleva a otro sitio el punto que estaba entre los dedos.
   *
   * @param {number} factor @param {Point} from @param {Point} to
   */
  pinch(factor, from, to) {
    const scale = this.#limit(this.view.scale * factor);
    const real = scale / this.view.scale;
    this.#set(scale, to.x - (from.x - this.view.x) * real, to.y - (from.y - this.view.y) * real);
  }

  /** Mueve lo justo para que un punto de la foto se vea. @param {Point} point */
  reveal(point) {
    const { x, y } = this.toScreen(point);
    /** @param {number} place @param {number} room */
    const missing = (place, room) => {
      const margin = Math.min(24, room / 4);
      return Math.max(margin - place, 0) + Math.min(room - margin - place, 0);
    };
    this.pan(missing(x, this.screen.width), missing(y, this.screen.height));
  }

  /** La pantalla cambia de tamaño: sigue en medio lo que estaba. @param {Size} screen */
  resize(screen) {
    const { isWhole, center } = this;
    this.screen = screen;
    if (isWhole) return this.fit();
    const scale = this.#limit(this.view.scale);
    this.#set(scale, screen.width / 2 - center.x * scale, screen.height / 2 - center.y * scale);
  }

  /** @param {number} scale */
  #limit(scale) {
    return Math.max(this.farthest, Math.min(scale, CLOSEST));
  }

  /** @param {number} scale @param {number} x @param {number} y */
  #set(scale, x, y) {
    this.view = {
      scale,
      x: settle(x, this.photo.width * scale, this.screen.width),
      y: settle(y, this.photo.height * scale, this.screen.height),
    };
  }
}
