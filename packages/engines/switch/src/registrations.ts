import type { ContactStore, Device, StoredContact } from "@cordboard/core";
import type { Clock, DeviceId, Instant, Log, Millis, Random, TenantId, UserId } from "@cordboard/kernel";
import { instant, makeId, PlatformError } from "@cordboard/kernel";
import type { Binding } from "@cordboard/sip";
import { isSameUri, parseUri } from "@cordboard/sip";
import { ExpiryHeap } from "./expiry-heap.ts";
import { readBinding } from "./stored-binding.ts";

/** Whose contacts: a user of a tenant under one address of record. */
export interface Aor {
  readonly tenant: TenantId;
  readonly user: UserId;
  /** `sip:101@example.org` */
  readonly aor: string;
}

/** One endpoint where it can be reached. */
export interface Registered extends Aor {
  readonly device: DeviceId;
  readonly binding: Binding;
  /** Until when the store would bring it back. */
  readonly storedUntil: Instant;
}

/** What registrations are kept with. */
export interface RegistrationParts {
  readonly contacts: ContactStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long the store may take for one change. */
  readonly storeDeadline: Millis;
  readonly onDevice: (device: Device, isGone: boolean) => void;
}

/** Addresses of record whose contacts are being stored, each with the changes that wait behind it. */
const MAX_WAITING = 16;

/**
 * Who is registered where: in memory, and in the store as far as a restart needs it. What a phone has been promised is always
 * covered by the store, because a contact is stored for one lifetime more than it was granted and stored again before that
 * is over; so most refreshes write nothing.
 */
export class Registrations {
  readonly #parts: RegistrationParts;
  readonly #byAor = new Map<string, readonly Registered[]>();
  readonly #byDevice = new Map<DeviceId, Registered>();
  readonly #queues = new Map<string, { waiting: number; last: Promise<unknown> }>();
  readonly #expiries: ExpiryHeap<DeviceId>;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#expiries = new ExpiryHeap(parts.clock, (device) => this.#expire(device));
  }

  get size(): number {
    return this.#byDevice.size;
  }

  at(device: DeviceId): Registered | undefined {
    return this.#byDevice.get(device);
  }

  of(aor: Aor): readonly Registered[] {
    return this.#byAor.get(keyOf(aor)) ?? [];
  }

  /** Takes up what the store kept. Contacts of users who are gone, and what cannot be read, are left out. */
  async restore(isKnown: (aor: Aor) => boolean): Promise<void> {
    const { clock, contacts, log } = this.#parts;
    const now = clock.now();
    for (const stored of await contacts.load()) {
      const binding = readBinding(stored);
      if (binding === undefined)
        log.warn("a stored contact cannot be read", { tenant: stored.tenant, aor: stored.aor });
      if (binding === undefined || binding.expiresAt <= now || !isKnown(stored)) continue;
      if (this.#byDevice.has(stored.device)) continue;
      this.#put({
        ...aorOf(stored),
        device: stored.device,
        binding,
        storedUntil: stored.expiresAt,
      });
    }
  }

  /** Runs `task` when all that was asked for the same address of record before is done; undefined when too many wait. */
  inTurn<Value>(aor: Aor, task: () => Promise<Value>): Promise<Value> | undefined {
    const key = keyOf(aor);
    const queue = this.#queues.get(key) ?? { waiting: 0, last: Promise.resolve() };
    if (queue.waiting >= MAX_WAITING) return undefined;
    const run = queue.last.then(task);
    queue.waiting += 1;
    queue.last = run
      .catch(() => undefined)
      .then(() => {
        queue.waiting -= 1;
        if (queue.waiting === 0) this.#queues.delete(key);
      });
    this.#queues.set(key, queue);
    return run;
  }

  /**
   * Makes these the bindings of the address of record. Settles when the store covers them; rejects, with nothing changed, when a
   * contact that is new or gone could not be stored. A refresh that could not be stored counts all the same.
   */
  async replace(aor: Aor, bindings: readonly Binding[]): Promise<void> {
    const before = this.of(aor);
    const next = this.#match(aor, before, bindings);
    const isSameSet = next.length === before.length && next.every(({ device }) => this.#byDevice.has(device));
    if (!isSameSet || next.some(({ binding, storedUntil }) => binding.expiresAt > storedUntil)) {
      const covered = next.map((each) => ({ ...each, storedUntil: this.#cover(each.binding) }));
      try {
        await this.#store(aor, covered);
        return this.#take(aor, covered);
      } catch (cause) {
        if (!isSameSet) throw cause;
        this.#parts.log.warn("a refreshed contact was not stored", { tenant: aor.tenant, aor: aor.aor, cause });
      }
    }
    this.#take(aor, next);
  }

  /** Forgets a user's endpoints, which are gone with the user; the store has let go of them already. */
  forget(tenant: TenantId, user: UserId): void {
    for (const registered of [...this.#byDevice.values()]) {
      if (registered.tenant === tenant && registered.user === user) this.#remove(registered);
    }
  }

  /** Forgets all, without a word to anybody; the store keeps them. */
  close(): void {
    this.#expiries.clear();
    this.#byAor.clear();
    this.#byDevice.clear();
  }

  #store({ tenant, aor }: Aor, covered: readonly Registered[]): Promise<void> {
    const { clock, contacts, storeDeadline } = this.#parts;
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new PlatformError("deadline-passed", "the store did not keep a registration in time"));
      const timer = clock.after(storeDeadline, late);
      contacts
        .save(tenant, aor, covered.map(toStored))
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  #cover(binding: Binding): Instant {
    const now = this.#parts.clock.now();
    return instant(binding.expiresAt + Math.max(0, binding.expiresAt - now));
  }

  /** Gives each binding the device id that it had: by its contact, else by its instance (a phone that came back elsewhere). */
  #match(aor: Aor, before: readonly Registered[], bindings: readonly Binding[]): readonly Registered[] {
    const free = new Set(before);
    const take = (fits: (old: Binding) => boolean): Registered | undefined => {
      for (const old of free) if (fits(old.binding)) return free.delete(old) ? old : undefined;
      return undefined;
    };
    const byContact = bindings.map((binding) => take((old) => isSameContact(old.contact, binding.contact)));
    return bindings.map((binding, i) => {
      const { instance } = binding;
      const old = byContact[i] ?? (instance === undefined ? undefined : take((each) => each.instance === instance));
      return {
        ...aorOf(aor),
        device: old?.device ?? makeId("dev", this.#parts.clock.now(), this.#parts.random),
        binding,
        storedUntil: old?.storedUntil ?? instant(0),
      };
    });
  }

  #take(aor: Aor, next: readonly Registered[]): void {
    const { onDevice } = this.#parts;
    const kept = new Set(next.map(({ device }) => device));
    for (const old of this.of(aor)) {
      if (kept.has(old.device)) continue;
      this.#byDevice.delete(old.device);
      onDevice(toDevice(old), true);
    }
    this.#byAor.delete(keyOf(aor));
    for (const each of next) {
      this.#put(each);
    }
  }

  #put(registered: Registered): void {
    const key = keyOf(registered);
    const before = this.#byDevice.get(registered.device);
    this.#byAor.set(key, [...(this.#byAor.get(key) ?? []), registered]);
    this.#byDevice.set(registered.device, registered);
    // A refresh only moves the end on: the entry that is there looks again when it is due.
    if (before === undefined || registered.binding.expiresAt < before.binding.expiresAt) {
      this.#expiries.add(registered.device, registered.binding.expiresAt);
    }
    if (before?.binding !== registered.binding) this.#parts.onDevice(toDevice(registered), false);
  }

  #expire(device: DeviceId): void {
    const registered = this.#byDevice.get(device);
    if (registered === undefined) return;
    const now = this.#parts.clock.now();
    if (registered.binding.expiresAt > now) return this.#expiries.add(device, registered.binding.expiresAt);
    this.#remove(registered);
  }

  #remove(registered: Registered): void {
    this.#byDevice.delete(registered.device);
    const left = this.of(registered).filter(({ device }) => device !== registered.device);
    if (left.length === 0) this.#byAor.delete(keyOf(registered));
    else this.#byAor.set(keyOf(registered), left);
    this.#parts.onDevice(toDevice(registered), true);
  }
}

const keyOf = ({ tenant, aor }: Pick<Aor, "tenant" | "aor">): string => `${tenant} ${aor}`;

const aorOf = ({ tenant, user, aor }: Aor): Aor => ({ tenant, user, aor });

/** The endpoint as the rest of the house sees it. */
const toDevice = ({ device, tenant, user, binding }: Registered): Device => ({
  id: device,
  tenant,
  user,
  contact: binding.contact,
  userAgent: binding.userAgent ?? "",
  transport: binding.flow.transport,
  expiresAt: binding.expiresAt,
});

const toStored = ({ device, tenant, user, aor, binding, storedUntil }: Registered): StoredContact => ({
  tenant,
  user,
  device,
  aor,
  binding,
  expiresAt: storedUntil,
});

function isSameContact(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [parseUri(a), parseUri(b)];
  return first !== undefined && second !== undefined && isSameUri(first, second);
}
