import type { Tenant, User } from "@cordboard/core";
import type { DeviceId, TenantId, Timer } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import type { SubscriptionSummary } from "@cordboard/sip";
import { MESSAGE_SUMMARY } from "@cordboard/sip";
import { sendToDevice } from "./device-request.ts";
import { RecentSet } from "./recent-set.ts";
import type { World } from "./world.ts";

/** What lamps are lit with. */
export interface LampParts {
  readonly world: World;
  /** The body that tells of the user's mailbox. */
  readonly shown: (user: User, tenant: Tenant) => string | undefined;
  /** Whether the user has messages that it has not heard. */
  readonly hasNews: (user: User) => boolean;
  /** Who has asked to be told of the user's mailbox. */
  readonly watchers: (user: User) => readonly SubscriptionSummary[];
}

/** What comes within this time is told as one, and a phone that has just registered may subscribe by itself. */
const PAUSE = seconds(1);

/** So many mailboxes are told of at once, and the next a little later: a sweep may change all there are. */
const SLICE = 50;
const SLICE_PAUSE = ms(100);

/** Devices that are remembered to have refused. */
const MAX_REFUSALS = 20_000;

/**
 * Lights the lamps of phones that have not subscribed: as most phone systems of the field do, registered phones are told of their
 * user's mailbox unasked, when it changes and, if there is something new, when they register. A phone that refuses is not asked
 * again until it registers anew; one that watches by itself, from the same address, is left alone.
 * @rfc 3842
 * @deviation NOTIFYs without a subscription, for phones that never send one
 */
export class Lamps {
  readonly #parts: LampParts;
  readonly #due = new Map<
    string,
    { readonly tenant: TenantId; readonly number: string; readonly isNewsOnly: boolean }
  >();
  readonly #refusing = new RecentSet(MAX_REFUSALS);
  #timer: Timer | undefined;

  constructor(parts: LampParts) {
    this.#parts = parts;
  }

  /** A mailbox has changed, or where its user's phones are. */
  changed(tenant: TenantId, number: string, what: "mailbox" | "devices"): void {
    const user = this.#parts.world.directory.userAt(tenant, number);
    if (user === undefined || (what === "devices" && !this.#parts.hasNews(user))) return;
    const key = `${tenant} ${number}`;
    const isNewsOnly = what === "devices" && this.#due.get(key)?.isNewsOnly !== false;
    this.#due.set(key, { tenant, number, isNewsOnly });
    this.#timer ??= this.#parts.world.clock.after(PAUSE, () => this.#tellSome());
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due.clear();
  }

  #tellSome(): void {
    this.#timer = undefined;
    for (const [key, { tenant, number, isNewsOnly }] of [...this.#due].slice(0, SLICE)) {
      this.#due.delete(key);
      const { directory } = this.#parts.world;
      const user = directory.userAt(tenant, number);
      const house = directory.tenant(tenant);
      if (user !== undefined && house !== undefined && !(isNewsOnly && !this.#parts.hasNews(user)))
        this.#tell(user, house);
    }
    if (this.#due.size > 0) this.#timer = this.#parts.world.clock.after(SLICE_PAUSE, () => this.#tellSome());
  }

  #tell(user: User, tenant: Tenant): void {
    const { world, shown, watchers } = this.#parts;
    const body = shown(user, tenant);
    const asking = new Set(watchers(user).map(({ peer }) => `${peer.address} ${peer.port}`));
    const aor = `sip:${user.extension}@${tenant.domain}`;
    if (body === undefined) return;
    for (const { device, flows } of world.registrations.of({ tenant: tenant.id, user: user.id, aor })) {
      const isAsking = flows.some(({ flow: { remote } }) => asking.has(`${remote.address} ${remote.port}`));
      if (!isAsking && !this.#refusing.has(device)) void this.#light(device, aor, body);
    }
  }

  async #light(device: DeviceId, aor: string, body: string): Promise<void> {
    const outcome = await sendToDevice(this.#parts.world, device, {
      method: "NOTIFY",
      from: aor,
      headers: [
        ["Event", "message-summary"],
        ["Subscription-State", "active"],
      ],
      body,
      contentType: MESSAGE_SUMMARY,
    });
    if (outcome !== undefined && !outcome.ok && outcome.cause === "rejected") this.#refusing.add(device);
  }
}
