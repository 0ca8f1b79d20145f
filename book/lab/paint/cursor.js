/** El cursor sobre la foto: el tamaño del pincel o el dibujo del sello, y la cruz del teclado. */

import { shape } from "../ui/icons.js";

/** Lo que mide cada brazo de la cruz, y el hueco que deja en medio, en píxeles de la pantalla. */
const [ARM, GAP] = [14, 4];

/** El menor círculo que se dibuja, en píxeles de la pantalla. */
const SMALLEST = 1.5;

/**
 * El contorno de una máscara de 50x50: los lados de sus píxeles que dan a uno sin pintar.
 *
 * @param {Uint8Array} mask
 * @param {number} side
 */
export function outline(mask, side) {
  /** @param {number} column @param {number} row */
  const erases = (column, row) =>
    column >= 0 && column < side && row >= 0 && row < side && mask[row * side + column] === 1;
  const lines = [];
  for (let row = 0; row <= side; row++) {
    for (let column = 0; column <= side; column++) {
      if (erases(column, row) !== erases(column, row - 1)) lines.push(`M${column} ${row}h1`);
      if (erases(column, row) !== erases(column - 1, row)) lines.push(`M${column} ${row}v1`);
    }
  }
  return lines.join("");
}

/**
 * El dibujo de una máscara, por tiras.
 *
 * @param {Uint8Array} mask
 * @param {number} side
 */
export function filling(mask, side) {
  const strips = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const start = column;
      while (column < side && mask[row * side + column]) column++;
      if (column > start) strips.push(`M${start} ${row}h${column - start}v1h${start - column}z`);
    }
  }
  return strips.join("");
}

/**
 * @typedef {object} Look
 * @property {import("../hole/geometry.js").Point} at en la pantalla
 * @property {number} size en la pantalla
 * @property {string | null} drawing el contorno de un sello, de 50x50; si no, un círculo
 * @property {boolean} cross si lo lleva el teclado
 * @property {boolean} down si está pintando
 */

export class Cursor {
  // Cada línea va dos veces, clara y oscura: así se ve sobre cualquier foto.
  #rings = [shape("circle"), shape("circle")];
  #stamps = [shape("path"), shape("path")];
  #crosses = [shape("path"), shape("path")];
  root = shape(
    "svg",
    { class: "pintor-cursor", "aria-hidden": "true" },
    ...[0, 1].map((i) =>
      shape(
        "g",
        { class: i ? "pintor-claro" : "pintor-oscuro" },
        this.#rings[i],
        this.#stamps[i],
        this.#crosses[i],
      ),
    ),
  );

  /** @param {Look | null} look nada, si no está sobre la foto */
  show(look) {
    this.root.classList.toggle("pintor-escondido", look === null);
    if (!look) return;
    const { at, size, drawing, cross, down } = look;
    this.root.classList.toggle("pintor-bajado", down);
    for (const ring of this.#rings) {
      ring.setAttribute("cx", String(at.x));
      ring.setAttribute("cy", String(at.y));
      ring.setAttribute("r", String(drawing === null ? Math.max(size / 2, SMALLEST) : 0));
    }
    const corner = `translate(${at.x - size / 2} ${at.y - size / 2}) scale(${size / 50})`;
    for (const stamp of this.#stamps) {
      if (stamp.getAttribute("d") !== drawing) stamp.setAttribute("d", drawing ?? "");
      stamp.setAttribute("transform", corner);
    }
    const arms =
      `M${at.x - ARM} ${at.y}h${ARM - GAP}m${2 * GAP} 0h${ARM - GAP}` +
      `M${at.x} ${at.y - ARM}v${ARM - GAP}m0 ${2 * GAP}v${ARM - GAP}`;
    for (const each of this.#crosses) each.setAttribute("d", cross ? arms : "");
  }
}
