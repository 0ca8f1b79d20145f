/** Compara `book/lab` con los casos de `tests/lab/test_lab_finding.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { bringBack, Finder, findMarks, skin } from "../../book/lab/engine/finding.js";
import { connectedComponents } from "../../book/lab/numeric/components.js";

const { runtime, weights, numbers, skins, marks, photos } = JSON.parse(
  readFileSync(process.env.LAB_CASES, "utf8"),
);
const { SIDE } = numbers;

/** Qué parte de los píxeles de unos o de otros no es de los dos. */
function disagreement(some, others) {
  const [one, other] = [new Set(some), new Set(others)];
  return one.symmetricDifference(other).size / Math.max(1, one.union(other).size);
}

test("la piel", () => {
  for (const { side, points, pixels } of skins) {
    const found = [...skin(side, points, numbers).entries()].filter(([, isSkin]) => isSkin);
    assert.deepEqual(found.map(([pixel]) => pixel), pixels);
  }
});

test("dónde cae en la foto una marca de la cara derecha", () => {
  for (const { mark, matrix, shape, pixels } of marks) {
    const hole = new Uint8Array(SIDE * SIDE);
    for (const pixel of mark) hole[pixel] = 1;
    const [component] = connectedComponents(hole, SIDE);
    const found = bringBack(component, matrix.flat(), shape, numbers);
    // Un píxel que cae justo en medio de dos se puede redondear de otra manera.
    assert.ok(disagreement(found, pixels) < 0.01, `${JSON.stringify(shape)}, ${matrix}`);
  }
});

test("las mismas marcas, igual de seguras, en el mismo sitio", async () => {
  const ort = createRequire(`${runtime}/package.json`)("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(readFileSync(weights));
  const finder = new Finder(ort, session, numbers);
  for (const { path, width, height, faces, proposals } of photos) {
    const photo = { data: new Uint8ClampedArray(readFileSync(path)), width, height };
    const steps = [];
    const onProgress = (...step) => steps.push(step);
    const found = await findMarks(finder, photo, faces, { onProgress });
    assert.deepEqual(steps, faces.map((_, i) => [i + 1, faces.length]));
    assert.ok(found.length > 3 && found.length === proposals.length, `${path}: ${found.length}`);
    found.forEach(({ pixels, chance, size }, i) => {
      const expected = proposals[i];
      assert.ok(Math.abs(chance - expected.chance) < 0.005, `${path}, ${i}: ${chance}`);
      assert.ok(Math.abs(size - expected.size) < 0.005, `${path}, ${i}: ${size}`);
    });
    const [mine, theirs] = [found, proposals].map((all) => all.flatMap(({ pixels }) => [...pixels]));
    assert.ok(disagreement(mine, theirs) < 0.02, `${path}: ${disagreement(mine, theirs)}`);
  }
});

test("se puede dejar a medias", async () => {
  const controller = new AbortController();
  const finder = { numbers, chances: async () => new Float32Array(SIDE * SIDE) };
  const photo = { data: new Uint8ClampedArray(4 * 64), width: 8, height: 8 };
  const faces = photos[0].faces;
  assert.deepEqual(await findMarks(finder, photo, faces), []);
  controller.abort();
  await assert.rejects(findMarks(finder, photo, faces, controller), { name: "AbortError" });
});
