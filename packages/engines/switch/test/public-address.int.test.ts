import { parseSdp } from "@cordboard/sip";
import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

test("a peer outside is told our public address everywhere, while sockets are bound to the local one", async () => {
  const scene = new Scene({ settings: { publicAddress: "198.51.100.7" } });
  await scene.sip.listen();
  const carrier = await scene.phone("carrier", { address: { address: "203.0.113.9", port: 5060 } });
  const { phone, device } = await scene.registered("102");
  const trunk = scene.house.addTrunk("203.0.113.9:5060");
  const out = await scene.placeOut(trunk, "0039040");
  const inside = await scene.place(device);
  const told = [carrier, phone].map((each) => {
    const request = each.incoming.at(-1)?.request;
    const sdp = parseSdp(request?.body ?? "");
    return [
      request?.headers.via?.host,
      request?.headers.get("contact")?.includes("198.51.100.7"),
      sdp.ok && sdp.value.address,
    ];
  });
  expect(told).toEqual([
    ["198.51.100.7", true, "198.51.100.7"],
    ["10.0.0.1", false, "10.0.0.1"],
  ]);
  expect([out, inside].map((leg) => scene.sound.openLegs.get(leg))).toEqual(["10.0.0.1", "10.0.0.1"]);
  await scene.close();
});
