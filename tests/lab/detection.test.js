/** Compara `book/lab` con los casos de `tests/test_lab_detection.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { findFaces } from "../../book/lab/detection.js";

const { cascade, photos } = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));

test("ve las mismas caras, en el mismo orden", () => {
  const rounded = (faces) => faces.map((face) => face.map((length) => length.toFixed(6)));
  for (const { path, width, height, faces } of photos) {
    const photo = { data: new Uint8ClampedArray(readFileSync(path)), width, height };
    const found = findFaces(photo, cascade).map((face) => [face.x, face.y, face.width]);
    assert.deepEqual(rounded(found), rounded(faces), `${path}, ${width}x${height}`);
  }
});
