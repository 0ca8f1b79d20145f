/** Compara `book/lab` con los casos que escribió `tests/lab/test_lab_parity.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as lab from "../../book/lab/engine/masks.js";
import { Generator } from "../../book/lab/numeric/random.js";

const cases = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));
const masks = new Map(
  Object.entries(cases.masks).map(([name, bits]) => [name, Uint8Array.from(bits, Number)]),
);

const generator = (seed) => new Generator([seed].flat().map(BigInt));
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

function assertNear(found, expected, where) {
  assert.ok(
    Math.abs(found - expected) <= cases.tolerance,
    `${where}: JavaScript da ${found} y Python ${expected}`,
  );
}

/** El hueco, de los píxeles seguidos que se quedan y se van, por turno. */
function unpack(runs, size) {
  const hole = new Uint8Array(size);
  let start = 0;
  runs.forEach((length, i) => hole.fill(i % 2, start, (start += length)));
  assert.equal(start, size);
  return hole;
}

function testPicture(width, height) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 4; c++) data[4 * pixel + c] = c === 3 ? 255 : (3 * pixel + c) % 251;
  }
  return { data, width, height };
}

test("las constantes", () => {
  for (const [name, value] of Object.entries(cases.constants)) {
    assert.deepEqual(lab[name], value, name);
  }
});

test("el azar", () => {
  for (const { seed, calls } of cases.draws) {
    const rng = generator(seed);
    calls.forEach(([method, values, expected], i) => {
      const where = `semilla ${seed}, llamada ${i}, ${method}(${values})`;
      assertNear(rng[method](...values), expected, where);
    });
  }
});

test("el cambio de tamaño", () => {
  for (const { mask, side, sha256 } of cases.resizes) {
    const gray = masks.get(mask).map((erases) => erases * 255);
    assert.equal(digest(lab.resize(gray, side)), sha256, `«${mask}» a ${side} píxeles`);
  }
});

test("las colocaciones", () => {
  for (const { seed, params, placements } of cases.samples) {
    const where = `semilla ${seed}, ${JSON.stringify(params)}`;
    const found = lab.samplePlacements(generator(seed), masks, params);
    assert.deepEqual(found.map(({ mask }) => mask), placements.map(({ mask }) => mask), where);
    placements.forEach((placement, i) => {
      for (const name of ["scale", "x", "y"]) {
        assertNear(found[i][name], placement[name], `${where}, ${name} de la colocación ${i}`);
      }
    });
  }
});

test("el borrado", () => {
  for (const { width, height, placements, fill, runs, sha256 } of cases.erasures) {
    const where = `${width}x${height}, ${JSON.stringify(placements)}`;
    const picture = testPicture(width, height);
    const { erased, hole } = lab.erase(picture, placements, masks, fill);
    const wrong = unpack(runs, hole.length).filter((value, i) => value !== hole[i]).length;
    assert.equal(wrong, 0, `${where}: ${wrong} píxeles del hueco no son los de Python`);
    assert.equal(digest(erased.data), sha256, `${where}: el hueco es igual, pero no la imagen`);
    assert.deepEqual([erased.width, erased.height], [width, height]);
    if (hole.length < 10000) assert.deepEqual(picture, testPicture(width, height), where);
  }
});

test("lo que no vale se rechaza", () => {
  const refusal = { name: "RangeError", message: /No hay|usa/ };
  const good = { mask: [...masks.keys()][0], scale: 1, x: 0, y: 0 };
  lab.window(good, masks, { width: 64, height: 64 });
  const wrong = [{ scale: 0 }, { scale: 6 }, { x: -0.1 }, { y: 1.1 }, { y: NaN }, { mask: "" }];
  for (const bad of wrong) {
    const placement = { ...good, ...bad };
    assert.throws(() => lab.window(placement, masks, { width: 64, height: 64 }), refusal);
  }
  assert.throws(() => new Generator(-1), refusal);
  for (const bad of [[0], [3, 3], [5, 2], [0.5], [0, 2 ** 53]]) {
    assert.throws(() => new Generator(0).integers(...bad), refusal);
  }
});
