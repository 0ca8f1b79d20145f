/**
 * El lector es el juez: dos recortes del mismo sitio, ¿cuál es el de verdad?
 *
 * Es `pix2pix_lib/teaching/guess_which.py` en el navegador. No guarda ni envía nada de lo que se contesta.
 *
 * @typedef {{ metodo: string, hueco: string, jueces: number }} Row una pareja: quién la restauró,
 *   qué se tapó y qué parte de los jueces acierta
 * @typedef {Row & { row: number, truth: 0 | 1 }} Round una pareja de la partida: su fila en la
 *   imagen y de qué lado va la original
 */

import { UserError } from "../engine/errors.js";
import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { percent } from "../ui/writing.js";

/** Parejas de una partida. */
export const ROUNDS = 20;

const SIDES = ["la izquierda", "la derecha"];

const LOST = "No se pudieron cargar las parejas: comprueba tu conexión y recarga la página.";

/** @type {Record<string, 0 | 1>} */
const KEYS = { ArrowLeft: 0, 1: 0, ArrowRight: 1, 2: 1 };

/** @template Item @param {Item[]} items @returns {Item[]} los mismos, barajados */
function shuffled(items) {
  const keyed = items.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
}

/**
 * Una partida: de cada método salen las mismas parejas, una más o menos.
 *
 * @param {Row[]} rows
 * @returns {Round[]}
 */
export function drawGame(rows) {
  /** @type {Map<string, number>} */
  const turns = new Map();
  const pairs = shuffled(rows.map((pair, row) => ({ ...pair, row }))).map((pair) => {
    const turn = turns.get(pair.metodo) ?? 0;
    turns.set(pair.metodo, turn + 1);
    return { pair, turn };
  });
  pairs.sort((one, other) => one.turn - other.turn);
  return shuffled(pairs.slice(0, ROUNDS)).map(({ pair }) => ({
    ...pair,
    truth: Math.random() < 0.5 ? 0 : 1,
  }));
}

/**
 * @param {Round[]} game
 * @param {boolean[]} rights
 * @returns {[method: string, count: number, mine: number, judges: number][]} por método
 */
function scores(game, rights) {
  return [...new Set(game.map(({ metodo }) => metodo))].sort().map((method) => {
    const rounds = game.map((round, i) => ({ ...round, right: rights[i] }));
    const own = rounds.filter(({ metodo }) => metodo === method);
    const judges = own.reduce((sum, { jueces }) => sum + jueces, 0);
    return [method, own.length, own.filter(({ right }) => right).length, judges];
  });
}

/** @param {Round[]} game @param {boolean[]} rights */
function result(game, rights) {
  const rows = scores(game, rights);
  const mine = rows.reduce((sum, row) => sum + row[2], 0);
  const judges = rows.reduce((sum, row) => sum + row[3], 0);
  const count = game.length;
  const head = ["restauró", "parejas", "tú", "los jueces"];
  return element(
    "div",
    { class: "adivina-resultado" },
    element(
      "p",
      { tabindex: -1 },
      `Has acertado ${mine} de ${count} (${percent(mine / count)}); los jueces, con las mismas, ` +
        `${judges.toFixed(1)} de media (${percent(judges / count)}).`,
    ),
    element(
      "table",
      { class: "table" },
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
      element(
        "tbody",
        {},
        ...rows.map(([method, ...numbers]) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, method),
            ...[numbers[0], numbers[1], numbers[2].toFixed(1)].map((number) =>
              element("td", {}, String(number)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** @param {string} url @returns {Promise<Row[]>} */
async function loadRows(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new UserError(LOST);
  return (await response.json()).parejas;
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
async function loadPictures(url) {
  const image = element("img", { src: url, alt: "" });
  const loadAgain = async () => {
    // Si llegó dañada, se quita de lo que el navegador tiene a mano.
    await fetch(url, { cache: "reload" });
    image.src = url;
    await image.decode();
  };
  await image
    .decode()
    .catch(loadAgain)
    .catch(() => {
      throw new UserError(LOST);
    });
  return image;
}

/**
 * Pone el juego dentro de `host`, debajo de la imagen fija, que se queda hasta que se empieza.
 *
 * @param {HTMLElement} host
 * @param {{ pictures: string, pairs: string }} material
 */
export function mountGuess(host, { pictures, pairs }) {
  const says = element("p", { class: "adivina-dice", role: "status" });
  const start = button("Empezar", () => void begin());
  host.append(element("div", { class: "adivina" }, start, says));

  async function begin() {
    start.disabled = true;
    says.textContent = "Cargando las parejas…";
    try {
      const [rows, image] = await Promise.all([loadRows(pairs), loadPictures(pictures)]);
      play(rows, image);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      says.textContent = error.message;
      start.disabled = false;
    }
  }

  /** @param {Row[]} rows @param {HTMLImageElement} image */
  function play(rows, image) {
    const game = drawGame(rows);
    const side = image.naturalWidth / 2;
    /** @type {boolean[]} */
    const rights = [];
    const canvases = SIDES.map((name) =>
      element("canvas", { width: side, height: side, role: "img", "aria-label": `El recorte de ${name}` }),
    );
    const buttons = SIDES.map((name, i) =>
      button(`La de ${name}`, () => answer(/** @type {0 | 1} */ (i))),
    );
    const root = element(
      "div",
      { class: "adivina", role: "group", "aria-label": "¿Cuál es la de verdad?" },
      element(
        "div",
        { class: "adivina-pareja" },
        ...canvases.map((canvas, i) => element("div", {}, canvas, buttons[i])),
      ),
      says,
    );

    /** @param {string} before lo que se dice de la pareja anterior */
    function ask(before) {
      const round = game[rights.length];
      canvases.forEach((canvas, i) => {
        const column = i === round.truth ? side : 0;
        canvas
          .getContext("2d")
          ?.drawImage(image, column, round.row * side, side, side, 0, 0, side, side);
      });
      says.textContent = `${before}Pareja ${rights.length + 1} de ${game.length}: ¿cuál es la de verdad?`;
    }

    /** @param {0 | 1} chosen */
    function answer(chosen) {
      const { truth, hueco, metodo } = game[rights.length];
      rights.push(chosen === truth);
      const verdict = chosen === truth ? "Sí" : "No";
      const told = `${verdict}: era la de ${SIDES[truth]}. La otra la restauró «${metodo}» (hueco: ${hueco}). `;
      if (rights.length < game.length) ask(told);
      else finish(told);
    }

    /** @param {string} told */
    function finish(told) {
      says.textContent = told;
      const again = button("Otra partida", () => play(rows, image));
      const table = result(game, rights);
      root.replaceChildren(says, table, again);
      table.querySelector("p")?.focus();
    }

    root.addEventListener("keydown", (event) => {
      const chosen = KEYS[event.key];
      if (chosen === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (rights.length === game.length) return;
      event.preventDefault();
      buttons[chosen].focus();
      answer(chosen);
    });
    host.replaceChildren(root);
    ask("");
    buttons[0].focus();
  }
}
