import { expect, test } from "vitest";
import type { SoundProtections } from "./sound-protection.ts";
import { everyProtection, plainProtections, protectionOf } from "./sound-protection.ts";

const said: SoundProtections = { others: "off", phones: new Map([["<urn:uuid:desk>", "required"]]) };

test.each([
  { what: "a phone of which something is said", instance: "<urn:uuid:desk>", protection: "required" },
  { what: "another phone of the user", instance: "<urn:uuid:soft>", protection: "off" },
  { what: "a phone that tells no instance", instance: null, protection: "off" },
])("$what: $protection", ({ instance, protection }) => expect(protectionOf(said, instance)).toBe(protection));

test("a phone that cannot be told from the others may be any of them", () => {
  expect(everyProtection(said)).toEqual(["off", "required"]);
  expect(everyProtection(plainProtections)).toEqual(["as-server"]);
});
