import type { ReachPreferences, Role, Service } from "@cordboard/core";
import { plainReach } from "@cordboard/core";

/** A user of the demo company. */
export interface DemoUser {
  readonly extension: string;
  readonly name: string;
  readonly role: Role;
}

const voicemail = { kind: "voicemail" } as const;

/** Numbers at which a call can wait until somebody dials them. */
const PARKING = ["9011", "9012", "9013", "9014", "9015", "9016", "9017", "9018", "9019"];

/** The demo company: fixed, because documents and checks name its people and numbers. */
export const demoCompany: {
  readonly domain: string;
  readonly users: readonly DemoUser[];
  readonly services: readonly Omit<Service, "tenant">[];
  /** How each user is reached. */
  readonly reach: ReachPreferences;
  readonly trunk: { readonly name: string; readonly prefixes: readonly string[]; readonly maxCalls: number };
  /** The users that the self-check's scripted phones are. */
  readonly checkers: readonly [string, string];
} = {
  domain: "demo.localhost",
  users: [
    ["101", "Ada Lindqvist"],
    ["102", "Bruno Conti"],
    ["103", "Chiara Weiss"],
    ["104", "Daniel Okafor"],
    ["105", "Elena Duarte"],
    ["106", "Farid Haddad"],
    ["107", "Greta Novak"],
    ["108", "Hugo Martin"],
    ["109", "Iris (scripted phone)"],
    ["110", "Jonas (scripted phone)"],
  ].map(([extension = "", name = ""]) => ({ extension, name, role: "user" })),
  services: [
    { number: "9000", kind: "echo" },
    { number: "9001", kind: "music" },
    { number: "9002", kind: "conference" },
    { number: "9003", kind: "voicemail" },
    ...PARKING.map((number) => ({ number, kind: "park" }) as const),
    { number: "*8", kind: "pick-up" },
  ],
  reach: {
    ...plainReach,
    ringSeconds: 20,
    forward: { always: null, busy: voicemail, noAnswer: voicemail, notRegistered: voicemail },
  },
  trunk: { name: "loop", prefixes: ["00", "+"], maxCalls: 1000 },
  checkers: ["109", "110"],
};

/** The demo's secrets: known ones on loopback, random ones when it listens to others. */
export interface DemoSecrets {
  readonly passwordOf: (extension: string) => string;
  readonly adminPassword: string;
  readonly key: string;
}

/** What the documents name. Good for a machine that only you can reach. */
export const knownSecrets: DemoSecrets = {
  passwordOf: (extension) => `demo-${extension}`,
  adminPassword: "demo-admin",
  key: "demo-key",
};
