/**
 * Usa el laboratorio en Firefox, como `tests/lab/test_lab_page.py` en Chromium, que es quien lo lanza.
 *
 * Recibe la ruta de un JSON, `{firefox, page, restore, jobs}`, y escribe en otro lo que ha visto.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../book/lab/package.json", import.meta.url));
const puppeteer = require("puppeteer-core");
const { firefox, page, restore, jobs } = JSON.parse(readFileSync(process.argv[2], "utf8"));

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

await tab.goto(page);
await tab.waitForSelector("#lab-restaurar:not([hidden])");
await tab.evaluate(() => {
  const box = document.querySelector(".lab-auto input");
  box.checked = false;
  box.dispatchEvent(new Event("change"));
});
await tab.locator("#lab-restaurar .lab-muestras button").click();
await says("lista");
const canvas = await tab.$(".lab-pintar canvas[role=application]");
await canvas.scrollIntoView();
const { x, y, width, height } = await canvas.boundingBox();
await tab.mouse.move(x + width / 2 - 20, y + height / 2);
await tab.mouse.down();
await tab.mouse.move(x + width / 2 + 30, y + height / 2 + 10, { steps: 5 });
await tab.mouse.up();
await tab.locator(".lab-restaurar").click();
await says("Restaurada en");
const restored = await tab.evaluate(`(${restore})(${JSON.stringify(jobs)})`);
await browser.close();
process.stdout.write(JSON.stringify({ requests, errors, restored }));
