import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildSchema, parse, validate } from "graphql";
import { SAMPLES } from "./samples.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

for (const [role, samples] of Object.entries(SAMPLES))
  for (const { name, query } of samples)
    test(`${role}: "${name}" is an operation of the schema`, () => {
      assert.deepEqual(validate(schema, parse(query)).map((error) => error.message), []);
    });
