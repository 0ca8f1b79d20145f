/** Dibujos de línea para los botones. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Un icono de 24x24, del color del texto.
 *
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  return shape(
    "svg",
    { class: "pintor-icono", viewBox: "0 0 24 24", "aria-hidden": "true" },
    shape("path", { d: ICONS[name] }),
  );
}

export const ICONS = {
  brush:
    "M20.5 3.5a1.8 1.8 0 0 0-2.6 0L9.5 12l2.5 2.5 8.5-8.4a1.8 1.8 0 0 0 0-2.6z" +
    "M9 12.6c-2.5 0-4 1.6-4 3.6 0 1.6-1 2.6-2.2 3.1 1.2.9 3 1.3 4.6 1.1 2.7-.3 4.6-2.4 4.1-5.2",
  eraser:
    "M9 20h11M7.5 20 3.6 16a1.6 1.6 0 0 1 0-2.3l9.2-9.2a1.6 1.6 0 0 1 2.3 0l5 5" +
    "a1.6 1.6 0 0 1 0 2.3L12 20M8.5 8.8l7 7",
  keep: "M12 3l7.5 2.5v6c0 4.5-3 7.5-7.5 9.5-4.5-2-7.5-5-7.5-9.5v-6zM8.5 12l2.5 2.5 4.5-5",
  stamp:
    "M5 20h14M5 16.5h14v-2a2 2 0 0 0-2-2h-3c-.6 0-1-.5-.8-1.1.3-1.3 1.3-2.7 1.3-4.4" +
    "a2.5 2.5 0 0 0-5 0c0 1.7 1 3.1 1.3 4.4.2.6-.2 1.1-.8 1.1H7a2 2 0 0 0-2 2z",
  move:
    "M12 3v18M3 12h18M9.5 5.5 12 3l2.5 2.5M9.5 18.5 12 21l2.5-2.5M5.5 9.5 3 12l2.5 2.5" +
    "M18.5 9.5 21 12l-2.5 2.5",
  face:
    "M3.5 8V3.5H8M16 3.5h4.5V8M20.5 16v4.5H16M8 20.5H3.5V16M9 9v1.5M15 9v1.5" +
    "M8.5 14.5c2 2 5 2 7 0",
  undo: "M8.5 14 4 9.5 8.5 5M4 9.5h10a5.5 5.5 0 0 1 0 11h-3",
  redo: "M15.5 14 20 9.5 15.5 5M20 9.5H10a5.5 5.5 0 0 0 0 11h3",
  trash: "M4 6.5h16M9 6.5v-3h6v3M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6",
  out: "M16 16l5 5M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM7.5 10.5h6",
  in: "M16 16l5 5M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM7.5 10.5h6M10.5 7.5v6",
  whole: "M3.5 8.5v-5h5M20.5 8.5v-5h-5M3.5 15.5v5h5M20.5 15.5v5h-5M8.5 8.5h7v7h-7z",
  ends: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  plus: "M12 5v14M5 12h14",
  cross: "M6 6l12 12M18 6 6 18",
};
