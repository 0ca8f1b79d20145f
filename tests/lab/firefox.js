/**
 * Usa el laboratorio en Firefox, como `tests/lab/test_lab_page.py` en Chromium, que es quien lo lanza.
 *
 * Recibe la ruta de un JSON, `{firefox, page, photo, restore, jobs}`, y escribe en otro lo que ha visto.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../book/lab/package.json", import.meta.url));
const puppeteer = require("puppeteer-core");
const { firefox, page, photo, restore, jobs } = JSON.parse(readFileSync(process.argv[2], "utf8"));

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  headless: true,
});
const tab = await browser.newPage();
const [requests, errors] = [[], []];
tab.on("request", (request) => requests.push(request.url()));
tab.on("pageerror", (error) => errors.push(String(error)));
tab.on("console", (line) => line.type() === "error" && errors.push(line.text()));

const says = (text) =>
  tab.waitForFunction(
    (wanted) => document.querySelector("#lab-restaurar .lab-estado").textContent.includes(wanted),
    { timeout: 60_000 },
    text,
  );

/** En medio de qué punto de la pantalla está algo que se ve entero. */
const inSight = async (selector) => {
  const place = await tab.$eval(selector, (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return null;
    return [(left + right) / 2, (top + bottom) / 2];
  });
  if (!place) throw new Error(`«${selector}» no se ve entero.`);
  return place;
};

await tab.setViewport({ width: 1280, height: 720 });
await tab.goto(page);
await tab.waitForSelector("#lab-restaurar:not([hidden])");
await tab.evaluate(() => {
  const box = document.querySelector(".lab-auto input");
  box.checked = false;
  box.dispatchEvent(new Event("change"));
  // La foto guardada no se descarga: se mira.
  const { createObjectURL } = URL;
  URL.createObjectURL = (blob) => createObjectURL((window.file = blob));
  HTMLAnchorElement.prototype.click = function () {
    window.savedName = this.download;
  };
});
// Elegir, pintar, restaurar y guardar, sin desplazarse.
await inSight(".lab-elegir label.lab-boton");
await (await tab.$(".lab-elegir input[type=file]")).uploadFile(photo);
await says("lista");
const scroll = await tab.evaluate(() => scrollY);
const [x, y] = await inSight(".pintor-foto");
await tab.mouse.move(x - 25, y);
await tab.mouse.down();
await tab.mouse.move(x + 25, y, { steps: 5 });
await tab.mouse.up();
await tab.mouse.click(...(await inSight(".lab-restaurar")));
await says("Restaurada en");
await tab.mouse.click(...(await inSight(".lab-guardar")));
await says("Guardada como");
const session = await tab.evaluate(async () => {
  const bytes = new Uint8Array(await window.file.arrayBuffer());
  const photo = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return { name: window.savedName, photo, scroll: scrollY };
});
session.moved = session.scroll !== scroll;
const restored = await tab.evaluate(`(${restore})(${JSON.stringify(jobs)})`);
await browser.close();
process.stdout.write(JSON.stringify({ requests, errors, restored, session }));
