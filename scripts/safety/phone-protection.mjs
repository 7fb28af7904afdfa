// Rules of who must protect its sound by SRTP, and over what its keys may be told.
const sipSwitch = "packages/engines/switch/src";
const inCalls = "packages/engines/switch/test/protection.int.test.ts";

const guards = [
  {
    rule: "SRTP: keys are told over TLS alone",
    find: "if (isSecure(transport)) return ok(asked);",
    replace: "return ok(asked);",
  },
  {
    rule: "SRTP: who must have keys and is not reached by TLS has no call",
    find: 'return asked === "required" ? refused("tls-wanted") : ok("none");',
    replace: 'return ok("none");',
  },
  {
    rule: "SRTP: keys that we cannot use are none",
    find: "each.name === suite && each.keyBytes + each.saltBytes === keyAndSalt.length",
    replace: "each.name.length + suite.length + keyAndSalt.length > 0",
  },
  {
    rule: "SRTP: of several things that may be said of a phone the most counts",
    find: 'return (["required", "offered"] as const).find((each) => asked.includes(each)) ?? "off";',
    replace: 'return asked[0] ?? "off";',
  },
].map((edit) => ({ ...edit, file: `${sipSwitch}/protection.ts`, tests: [`${sipSwitch}/protection.test.ts`] }));

const phones = [
  {
    rule: "SRTP: a phone that cannot be told from its user's others may be any of them",
    find: "phone === undefined ? everyProtection(said) : [",
    replace: "phone === undefined ? [said.others] : [",
    file: `${sipSwitch}/calling-phone.ts`,
    tests: [inCalls],
  },
  {
    rule: "SRTP: keys that were made for TLS are not told in the clear when it fails",
    find: "[first, ...others.filter(({ transport }) => transport !== undefined && isAlike(transport))]",
    replace: 'isAlike(first.transport ?? "udp") ? [first, ...others] : [first]',
    file: `${sipSwitch}/place.ts`,
    tests: [inCalls],
  },
  {
    rule: "SRTP: single phones of a user of which something is said are few",
    find: "if (value.phones.size > MAX_PHONES)",
    replace: "if (value.phones.size < 0)",
    file: "packages/engines/store/src/config/sound-protections.ts",
    tests: ["packages/engines/store/test/repositories.int.test.ts"],
    named: /more than 32 single phones/,
  },
];

export const phoneProtectionRules = [...guards, ...phones];
