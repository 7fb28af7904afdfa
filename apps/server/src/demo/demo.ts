import { isLoopbackAddress } from "@cordboard/http";
import { PlatformError, silentLog } from "@cordboard/kernel";
import type { Carrier } from "@cordboard/phone";
import { createCarrier } from "@cordboard/phone";
import { makeKey, makePassword } from "../secrets.ts";
import type { Settings } from "../settings-catalogue.ts";
import type { Host } from "../system/foundation.ts";
import type { System } from "../system/system.ts";
import { startSystem } from "../system/system.ts";
import type { DemoSecrets } from "./company.ts";
import { demoCompany, knownSecrets } from "./company.ts";
import { programTowards } from "./program.ts";
import { pointTrunk, seedDemo } from "./seed.ts";
import type { SelfCheckResult } from "./self-check.ts";
import { runSelfCheck } from "./self-check.ts";

/** The demo company, served. */
export interface Demo {
  readonly system: System;
  /** Makes the first call and tells how it went, once. */
  check(): Promise<SelfCheckResult>;
  /** Prints where people and programs go now. */
  sayAddresses(): void;
  close(): Promise<void>;
}

/** Starts a server with the demo company and its scripted carrier. Throws `bad-settings` when it would be reached by others. */
export async function openDemo(settings: Settings, host: Host, tell: (line: string) => void): Promise<Demo> {
  const secrets = secretsFor(settings, host, tell);
  const carrier: Carrier = await createCarrier({ ...quiet(host), address: "127.0.0.1", port: 0 });
  try {
    const system = await startSystem({
      settings,
      host,
      demo: async (foundation) => {
        await seedDemo(foundation, secrets);
        await pointTrunk(foundation, carrier.listening);
      },
    });
    return {
      system,
      check: () => check({ system, host, secrets, tell }),
      sayAddresses: () => sayAddresses(system, secrets, tell),
      close: () => carrier.close(),
    };
  } catch (fault) {
    await carrier.close();
    throw fault;
  }
}

/** The scripted phones and the carrier are no part of the server, and not of its log either. */
const quiet = (host: Host): Host => ({ ...host, log: silentLog });

function secretsFor(settings: Settings, { random }: Host, tell: (line: string) => void): DemoSecrets {
  if (settings.bind.every(isLoopbackAddress)) return knownSecrets;
  if (!settings.demoPublic) {
    throw new PlatformError(
      "bad-settings",
      "the demo's passwords are known to everybody, so it listens on loopback only; CORDBOARD_DEMO_PUBLIC=1 gives it random ones",
    );
  }
  const passwords = new Map(demoCompany.users.map(({ extension }) => [extension, makePassword(random)]));
  const secrets: DemoSecrets = {
    passwordOf: (extension) => passwords.get(extension) ?? "",
    adminPassword: makePassword(random),
    key: makeKey(random),
  };
  for (const [extension, password] of passwords) tell(`user ${extension}, password ${password}`);
  tell(`administrator admin, password ${secrets.adminPassword}`);
  tell(`API key ${secrets.key}`);
  return secrets;
}

async function check({ system, host, secrets, tell }: Checking): Promise<SelfCheckResult> {
  const { sip, origin, authority } = system.nearby;
  if (sip === undefined || origin === undefined)
    return report(system, host, { passed: false, why: "SIP and web ports are off" });
  const program = programTowards({ origin, authority, key: secrets.key });
  const target = { sip, ...program, passwordOf: secrets.passwordOf };
  return report(system, host, await runSelfCheck(target, quiet(host), tell));
}

interface Checking {
  readonly system: System;
  readonly host: Host;
  readonly secrets: DemoSecrets;
  readonly tell: (line: string) => void;
}

function report(system: System, { log }: Host, result: SelfCheckResult): SelfCheckResult {
  const words = result.passed ? "self-check passed" : `self-check failed: ${result.why}`;
  system.setSelfCheck(result.passed ? "passed" : `failed: ${result.why}`);
  if (result.passed) log.info(words);
  else log.error(words);
  return result;
}

function sayAddresses({ nearby }: System, secrets: DemoSecrets, tell: (line: string) => void): void {
  const { sip, origin } = nearby;
  tell("");
  if (sip !== undefined) {
    tell(
      `phones    server ${sip.address}:${sip.port} (UDP or TCP), domain ${demoCompany.domain}, users 101 to 108, passwords ${secrets.passwordOf("101")} …`,
    );
  }
  if (origin !== undefined) {
    tell(`programs  curl -X POST ${origin.origin}/dialer/call -H 'x-api-key: ${secrets.key}' \\`);
    tell(`            -H 'content-type: application/json' -d '{"extension":"101","phonenumber":"102"}'`);
    tell(`live      curl -N ${origin.origin}/events -H 'x-api-key: ${secrets.key}' -H 'accept: text/event-stream'`);
  }
  tell(
    "numbers   9000 echo, 9001 music, 9002 conference, 9003 voicemail, 9011 to 9019 parking, *8101 picks up what rings at 101,",
  );
  tell("          00… or +… a carrier that echoes");
  tell("Ctrl-C stops it.");
}
