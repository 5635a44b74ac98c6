import assert from "node:assert/strict";
import test from "node:test";
import { answer } from "../src/answer.js";

const variables = new Map([["GREETING", "hi"]]);
const ask = (path) => answer(new Request(`http://localhost${path}`), (name) => variables.get(name));

test("greets with the word", async () => {
  const response = await ask("/");
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "hi from {{name}}\n");
});

test("knows no other path", async () => {
  assert.equal((await ask("/nothing")).status, 404);
});
