/**
 * Mueve una figura en Firefox con el teclado: lo lanza `tests/lab/test_lab_frames.py`.
 *
 * Recibe `firefox página tecla…` y escribe qué se dice y qué se ve, en PNG, tras cada tecla.
 */

import { createRequire } from "node:module";

const require = createRequire(new URL("../../book/lab/package.json", import.meta.url));
const puppeteer = require("puppeteer-core");
const [firefox, page, ...keys] = process.argv.slice(2);

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  headless: true,
});
const tab = await browser.newPage();
const errors = [];
tab.on("pageerror", (error) => errors.push(String(error)));
await tab.goto(page);
await tab.focus(".fotogramas input");
const moments = [];
for (const key of keys) {
  const before = await tab.$eval(".fotogramas p", (text) => text.textContent);
  await tab.keyboard.press(key);
  await tab.waitForFunction(
    (old) => document.querySelector(".fotogramas p").textContent !== old,
    { timeout: 30_000 },
    before,
  );
  const told = await tab.$eval(".fotogramas p", (text) => text.textContent);
  const image = await tab.$(".fotogramas img");
  moments.push({ told, seen: await image.screenshot({ encoding: "base64" }) });
}
await browser.close();
process.stdout.write(JSON.stringify({ errors, moments }));
