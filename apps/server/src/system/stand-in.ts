import { openOwnStatuses } from "@cordboard/core";
import { silentLog } from "@cordboard/kernel";
import { createStatusStore } from "@cordboard/store";
import type { Administration } from "../admin/administration.ts";
import { createAdministration } from "../admin/local-administration.ts";
import type { Settings } from "../settings-catalogue.ts";
import { certificateOf } from "../tls/shown-certificate.ts";
import { hostWith, layFoundation } from "./foundation.ts";

/** Stands in for a server that does not run, for the length of one command. */
export interface StandIn {
  readonly administration: Administration;
  close(): Promise<void>;
}

/** Opens the data folder for one command; throws `data-folder-locked` when a server or another command has it. */
export async function openStandIn(settings: Settings): Promise<StandIn> {
  const foundation = await layFoundation(settings, hostWith(silentLog), { purpose: "a command", isDemo: "either" });
  const { config, directory, book, recordings, mailboxes, sounds, prompts, database, host } = foundation;
  const { clock } = host;
  const statuses = await openOwnStatuses({ store: createStatusStore(database, clock), directory, clock });
  return {
    administration: createAdministration({
      config,
      directory,
      book,
      recordings,
      mailboxes,
      sounds,
      prompts,
      onMailbox: () => {},
      hash: host.hash,
      random: host.random,
      certificate: () => certificateOf(foundation),
      clock,
      statuses,
      shownOf: () => null,
      live: undefined,
    }),
    close: () => foundation.close(),
  };
}
