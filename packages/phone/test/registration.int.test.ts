import { silentLog } from "@cordboard/kernel";
import type { SipAgent } from "@cordboard/sip";
import { createSipAgent } from "@cordboard/sip";
import { nodeTransports } from "@cordboard/sip/node";
import { afterEach, expect, test } from "vitest";
import type { PhoneServer } from "../src/index.ts";
import { host, Place } from "./place.ts";

const place = new Place();
let servers: SipAgent[] = [];
afterEach(async () => {
  await place.close();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/** A registrar that takes everybody, or answers `status`; it notes who asked for how many seconds. */
async function registrar(transport: "udp" | "tcp", status = 200): Promise<PhoneServer & { readonly asked: string[] }> {
  const ports = transport === "udp" ? { udpPort: 0 } : { tcpPort: 0 };
  const transports = nodeTransports({ address: "127.0.0.1", log: silentLog, ...ports });
  const agent = createSipAgent({ ...host, log: silentLog, transports });
  const asked: string[] = [];
  agent.handle("REGISTER", (incoming) => {
    const { headers } = incoming.request;
    asked.push(`${headers.to?.uri} ${headers.get("Expires")}`);
    const contact = headers.get("Contact") ?? "";
    incoming.respond(status, { headers: [["Contact", `${contact};expires=${headers.get("Expires")}`]] });
  });
  servers.push(agent);
  const [listening] = await agent.listen();
  if (listening === undefined) throw new Error("no listener");
  return { address: listening.address, port: listening.port, transport, asked };
}

test.each(["udp", "tcp"] as const)("a phone registers over %s, and closing takes it back", async (transport) => {
  const server = await registrar(transport);
  const phone = await place.phone("101", server, { expiresSeconds: 90 });
  await phone.register();
  expect(phone.describe().isRegistered).toBe(true);
  await phone.close();
  expect(phone.describe().isRegistered).toBe(false);
  expect(server.asked).toEqual(["sip:101@example.org 90", "sip:101@example.org 0"]);
});

test("a refusal is told", async () => {
  const phone = await place.phone("101", await registrar("udp", 403));
  await expect(phone.register()).rejects.toThrow("sip:101@example.org was refused with 403");
  expect(phone.describe().isRegistered).toBe(false);
});

test("registering again replaces what was there", async () => {
  const server = await registrar("udp");
  const phone = await place.phone("101", server);
  await phone.register();
  await phone.register();
  expect(server.asked.length).toBe(3);
  expect(phone.describe().isRegistered).toBe(true);
});
