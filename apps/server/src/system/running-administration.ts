import type { Device, Directory } from "@cordboard/core";
import { deviceView, protectionOf } from "@cordboard/core";
import { makeId } from "@cordboard/kernel";
import type { Administration } from "../admin/administration.ts";
import { liveAdministration } from "../admin/live-administration.ts";
import { createAdministration } from "../admin/local-administration.ts";
import type { ShownDevice } from "../admin/protection-rules.ts";
import type { ChosenCertificate } from "../tls/shown-certificate.ts";
import { showCertificate } from "../tls/shown-certificate.ts";
import type { Foundation } from "./foundation.ts";
import type { Telephony } from "./telephony.ts";

/** A registered device with what is said of its sound; undefined when its user is gone. */
function shownDevice(directory: Directory, device: Device): ShownDevice | undefined {
  const view = deviceView(directory, device);
  const said = directory.soundProtections(device.tenant, device.user);
  return view === undefined ? undefined : { ...view, soundProtection: protectionOf(said, device.instance) };
}

/** Administration of a running server: what it changes is told to those who watch. */
export function administrationOf(
  foundation: Foundation,
  telephony: Telephony,
  chosen: ChosenCertificate,
): Administration {
  const { config, directory, book, recordings, mailboxes, sounds, prompts, host, dataFolder } = foundation;
  const plain = createAdministration({
    config,
    directory,
    book,
    recordings,
    mailboxes,
    sounds,
    prompts,
    onMailbox: (tenant, counts) => telephony.tellMailbox(tenant, counts),
    hash: host.hash,
    random: host.random,
    certificate: async () => showCertificate(chosen, dataFolder),
    clock: host.clock,
    statuses: telephony.statuses,
    shownOf: ({ id, tenant }) => telephony.presences.view(tenant, id)?.shown ?? null,
    live: liveAdministration({
      calls: telephony.calls,
      devices: (tenant) => directory.allDevices(tenant).flatMap((device) => shownDevice(directory, device) ?? []),
      newCorrelation: () => makeId("act", host.clock.now(), host.random),
    }),
  });
  return {
    ...plain,
    async removeUser(tenant, extension) {
      const user = directory.userAt(tenant, extension);
      const devices = user === undefined ? [] : directory.devices(tenant, user.id);
      const views = devices.flatMap((device) => deviceView(directory, device) ?? []);
      const removed = await plain.removeUser(tenant, extension);
      if (removed.ok && user !== undefined) telephony.forgetDevicesOf(user, views);
      return removed;
    },
  };
}
