import { expect, test } from "vitest";
import { workerUrl } from "./worker-url.ts";

test.each([
  { name: "in the repository", here: "file:///app/src/worker-link.ts", url: "file:///app/src/worker.ts" },
  { name: "in a packed build", here: "file:///app/dist/server.js", url: "file:///app/dist/worker.js" },
])("the worker's program is found $name", ({ here, url }) => {
  expect(workerUrl(here).href).toBe(url);
});
