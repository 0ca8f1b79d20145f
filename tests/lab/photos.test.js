/** Los bytes de una foto, con los archivos que escribió `tests/lab/test_lab_photos.py`, que lo lanza. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";

import { UserError } from "../../book/lab/engine/errors.js";
import { Generator } from "../../book/lab/numeric/random.js";
import { inspect, MAX_PIXELS, MAX_SIDE } from "../../book/lab/photo/formats.js";
import * as lab from "../../book/lab/photo/metadata.js";
import { turned, whiten } from "../../book/lab/photo/photos.js";
import { encodePng } from "../../book/lab/photo/png.js";
import { jpegQuality } from "../../book/lab/photo/quality.js";
import { downloadName } from "../../book/lab/photo/saving.js";

const folder = dirname(process.env.LAB_CASES);
const cases = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));
const load = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

function opaque(rgb, width, height) {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  rgb.forEach((level, i) => (data[4 * Math.floor(i / 3) + (i % 3)] = level));
  return { data, width, height };
}

/** Una foto vestida otra vez con sus datos, como al guardarla. */
async function dressed(bytes) {
  const { format, ...size } = inspect(bytes);
  const metadata = lab.readMetadata(bytes, format);
  if (format === "JPEG") return lab.dressJpeg(bytes, metadata);
  if (format === "WEBP") return lab.dressWebp(bytes, metadata, size);
  return encodePng(opaque(new Uint8Array(3 * 12), 4, 3), await lab.pngExtras(metadata));
}

test("de qué formato es cada una y cuánto mide", () => {
  for (const [name, expected] of Object.entries(cases.sizes)) {
    assert.deepEqual(inspect(load(name)), expected, name);
  }
});

test("lo que no se abre se rechaza con una frase", () => {
  for (const [name, said] of Object.entries(cases.refusals)) {
    assert.throws(
      () => inspect(load(name)),
      (error) => {
        assert.ok(error instanceof UserError, `${name}: ${error.stack}`);
        assert.match(error.message, new RegExp(said), name);
        assert.match(error.message, /^[A-Z][^.]*: [^.]*\.$/, name);
        return true;
      },
      name,
    );
  }
  assert.equal(MAX_PIXELS, 50_000_000);
  assert.equal(MAX_SIDE, 16_384);
});

test("los datos de cada una se leen y se guardan", async () => {
  for (const [name, turn] of Object.entries(cases.metadata)) {
    const bytes = load(name);
    assert.equal(lab.readMetadata(bytes, inspect(bytes).format).turn, turn, name);
    writeFileSync(`${folder}/vestida_${name}`, Buffer.concat(await dressed(bytes)));
  }
});

test("sin sus datos, a una foto le quedan los píxeles", () => {
  for (const name of Object.keys(cases.metadata)) {
    const bytes = load(name);
    writeFileSync(`${folder}/desnuda_${name}`, lab.bare(bytes, inspect(bytes).format));
  }
});

test("un perfil se pasa de un WebP a un PNG", async () => {
  const metadata = lab.readMetadata(load("perfil.webp"), "WEBP");
  const png = await encodePng(opaque(new Uint8Array(3), 1, 1), await lab.pngExtras(metadata));
  writeFileSync(`${folder}/pasado.png`, Buffer.concat(png));
});

test("la calidad de un JPEG", () => {
  for (const [name, quality] of Object.entries(cases.qualities)) {
    assert.equal(jpegQuality(load(name)), quality, name);
  }
});

test("un PNG guarda cada píxel", async () => {
  for (const { name, width, height } of cases.pngs) {
    const parts = await encodePng(opaque(load(name), width, height), []);
    writeFileSync(`${folder}/${name}.png`, Buffer.concat(parts));
  }
});

test("girar y poner blanco detrás, como Pillow", () => {
  const { name, width, height, turns } = cases.turned;
  turns.forEach((expected, i) => {
    const found = turned({ data: new Uint8ClampedArray(load(name)), width, height }, i + 1);
    assert.deepEqual([digest(found.data), found.width, found.height], expected, `giro ${i + 1}`);
  });
  const transparent = new Uint8ClampedArray(load(cases.whitened.name));
  whiten(transparent);
  assert.equal(digest(transparent), cases.whitened.sha256);
});

test("el nombre de la foto guardada", () => {
  const names = { "foto.jpg": "foto", "a.b.jpeg": "a.b", "sin punto": "sin punto", ".png": "foto" };
  for (const [name, stem] of Object.entries({ ...names, "": "foto", "v1.5 final": "v1.5 final" })) {
    assert.equal(downloadName(name, "png"), `${stem}_restaurada.png`);
  }
});

/** Si los bytes se abren: entonces, nada de lo que se hace con ellos puede fallar. */
async function survives(bytes, where) {
  try {
    const { format, width, height } = inspect(bytes);
    assert.ok(width * height <= MAX_PIXELS, where);
    await dressed(bytes);
    lab.bare(bytes, format);
    assert.ok(jpegQuality(bytes) > 0);
    return 1;
  } catch (error) {
    assert.ok(error instanceof UserError, `${where}: ${error.stack}`);
    return 0;
  }
}

/** Unos bytes cambiados al azar, más al principio; a veces, cortados. */
function damaged(whole, below) {
  const bytes = below(5) ? whole.slice() : whole.slice(0, below(whole.length));
  const area = below(2) ? bytes.length : Math.min(200, bytes.length);
  for (let left = below(8); left >= 0 && area; left--) {
    bytes[below(area)] = [0, 255, 1, below(256)][below(4)];
  }
  return bytes;
}

test("unos bytes cualesquiera dan un UserError o un resultado", async () => {
  const rng = new Generator(0);
  const below = (end) => rng.integers(end);
  let opened = 0;
  for (const name of cases.fuzz) {
    const whole = load(name);
    for (let i = 0; i < 150; i++) {
      opened += await survives(damaged(whole, below), `${name}, ${i}`);
      const noise = Uint8Array.from({ length: 12 + below(200) }, () => below(256));
      noise.set(whole.subarray(0, 12));
      await survives(noise, `ruido ${name}, ${i}`);
    }
  }
  assert.ok(opened > 300, `solo se abren ${opened}: no se prueba casi nada`);
});
