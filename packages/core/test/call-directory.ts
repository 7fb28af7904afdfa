import type { DeviceId, TenantId, TrunkId, UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { Device, Directory, Service, Tenant, Trunk, User } from "../src/directory/index.ts";
import { plainProtections, plainReach } from "../src/directory/index.ts";

/** The tenant of all that is there. */
export const tenant: TenantId = "ten_demo" as TenantId;

/** Users 101 (one device), 102 (two devices), 103 (none, but a mobile), 104 (none); 9000 echo, 9001 music; a trunk for 00 and +. */
export const directory: Directory = makeDirectory();

function makeDirectory(): Directory {
  const user = (extension: string, mobile: string | null = null): User => ({
    id: `usr_${extension}` as UserId,
    tenant,
    extension,
    name: `User ${extension}`,
    role: "user",
    mobile,
    reach: plainReach,
    isAlwaysRecorded: false,
  });
  const users = [user("101"), user("102"), user("103", "+390455550103"), user("104")];
  const device = (id: string, of: string): Device => ({
    id: `dev_${id}` as DeviceId,
    tenant,
    user: `usr_${of}` as UserId,
    contact: `sip:${of}@192.0.2.1`,
    userAgent: "test",
    transport: "udp",
    instance: null,
    expiresAt: instant(9e12),
  });
  const devices = [device("101a", "101"), device("102a", "102"), device("102b", "102")];
  const whole: Tenant = {
    id: tenant,
    domain: "demo.localhost",
    realm: "demo.localhost",
    timeZone: "Europe/Rome",
    country: "IT",
    language: "it",
    isDefault: true,
    hasRecordingNotice: true,
  };
  const trunk: Trunk = {
    id: "trk_loop" as TrunkId,
    tenant,
    name: "loop",
    address: "127.0.0.1:5080",
    transport: "udp",
    prefixes: ["00", "+"],
    maxCalls: 2,
  };
  const kinds = {
    "9000": "echo",
    "9001": "music",
    "9002": "conference",
    "9003": "voicemail",
    "9011": "park",
    "9012": "park",
    "*8": "pick-up",
  } as const;
  const services = Object.entries(kinds).map(([number, kind]): Service => ({ tenant, number, kind }));
  return {
    tenant: () => whole,
    defaultTenant: () => whole,
    tenantOfDomain: () => whole,
    user: (_tenant, id) => users.find((u) => u.id === id),
    userAt: (_tenant, extension) => users.find((u) => u.extension === extension),
    users: () => users,
    serviceAt: (_tenant, number) => services.find((service) => service.number === number),
    services: () => services,
    trunk: () => trunk,
    trunks: () => [trunk],
    devices: (_tenant, id) => devices.filter((d) => d.user === id),
    allDevices: () => devices,
    soundProtections: () => plainProtections,
  };
}
