import { describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import { demo, scriptedPhone } from "./company.ts";
import { startServer } from "./server.ts";
import { until } from "./until.ts";

describe("a server that is told to stop", () => {
  test("takes no new calls, lets the running one end by itself, and then is gone with 0", async () => {
    const server = await startServer({ as: "demo" });
    const ann = await scriptedPhone(server, "101", { sound: { frequencyHz: 440 } });
    const bob = await scriptedPhone(server, "102", { answer: "auto", sound: { frequencyHz: 850 } });
    try {
      const call = ann.call("102");
      await call.answered();
      server.child.signal("SIGTERM");
      await server.child.line(/stopping: no new calls/);
      const refused = await ask(`${server.addresses.http}/dialer/call`, {
        method: "POST",
        headers: { "x-api-key": demo.key },
        body: JSON.stringify({ extension: "101", phonenumber: "102" }),
      });
      expect([refused.status, refused.headers["retry-after"]]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect(await bob.call("101").ended()).toMatchObject({ status: 503 });
      await call.hears(850);
      await call.hangUp();
      expect(await server.child.ended).toEqual({ code: 0, signal: null });
    } finally {
      await Promise.all([ann.close(), bob.close()]);
      await server.stop();
    }
  });

  test("twice does not wait: the running call is ended by BYE, and its row is closed", async () => {
    const server = await startServer({ as: "demo" });
    const ann = await scriptedPhone(server, "101");
    const bob = await scriptedPhone(server, "102", { answer: "auto" });
    try {
      const call = ann.call("102");
      await call.answered();
      server.child.signal("SIGTERM");
      await server.child.line(/stopping: no new calls/);
      server.child.signal("SIGTERM");
      expect(await call.ended()).toMatchObject({ by: "remote", cause: "bye" });
      expect(await server.child.ended).toEqual({ code: 0, signal: null });
      await until("the other phone to be free", () => bob.describe().calls.length === 0);
    } finally {
      await Promise.all([ann.close(), bob.close()]);
      await server.stop();
    }
  });
});
