import { expect, test } from "vitest";
import { cordboardJson } from "./command.ts";
import { withServer } from "./with-server.ts";

const server = withServer();

test("users can be added while the server runs", async () => {
  await cordboardJson(server().data, ["user", "add", "201", "--name", "Room"]);
  expect(await cordboardJson(server().data, ["user", "list"])).toMatchObject([
    { extension: "201" },
    { extension: "admin" },
  ]);
  await server().backToZero({ alsoLate: true });
});
