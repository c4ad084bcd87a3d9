import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName } from "./deviceName.ts";

test("a user agent is shown as browser and system, not as the browsers that it claims to be compatible with", () => {
  const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0";
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
  assert.deepEqual([edge, phone, firefox].map(deviceName), ["Edge · Windows", "Safari · iOS", "Firefox · Linux"]);
});

test("a name that a client gave itself is kept", () => {
  for (const name of ["Ada's phone", "curl/8.9", ""]) assert.equal(deviceName(name), name);
});
