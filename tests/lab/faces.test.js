/** Compara `book/lab` con los casos de `tests/lab/test_lab_faces.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { Detector } from "../../book/lab/engine/faces.js";

const { runtime, weights, photos } = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));

/** Los números de una cara: en píxeles y, la seguridad, en diezmilésimas. */
const numbers = ({ x, y, width, score, points }) => [x, y, width, 1e4 * score, ...points];

test("ve las mismas caras, en el mismo orden", async () => {
  const ort = createRequire(`${runtime}/package.json`)("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  const detector = new Detector(ort, await ort.InferenceSession.create(readFileSync(weights)));
  for (const { path, width, height, faces } of photos) {
    const photo = { data: new Uint8ClampedArray(readFileSync(path)), width, height };
    const found = (await detector.findFaces(photo)).map(numbers);
    const where = `${path}, ${width}x${height}`;
    assert.equal(found.length, faces.length, where);
    faces.map(numbers).forEach((face, i) => {
      const away = face.map((value, j) => Math.abs(value - found[i][j]));
      assert.ok(Math.max(...away) < Math.max(width, height) / 1e4, `${where}: ${away}`);
    });
  }
});
