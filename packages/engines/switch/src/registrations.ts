import type { ContactStore, Device } from "@cordboard/core";
import type { Clock, DeviceId, Instant, Log, Millis, Random, TenantId, UserId } from "@cordboard/kernel";
import { instant, makeId, PlatformError } from "@cordboard/kernel";
import type { Binding, Endpoint } from "@cordboard/sip";
import { ownText } from "@cordboard/sip";
import { ExpiryHeap } from "./expiry-heap.ts";
import type { Flows } from "./flows.ts";
import { endpointsOf, isStoredAs } from "./flows.ts";
import type { Aor, Registered } from "./registered.ts";
import { firstEnd, lastEnd, matched, toDevice, toStored } from "./registered.ts";
import { Shared } from "./shared.ts";
import { readFlows } from "./stored-binding.ts";

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

/** Different User-Agents, and listeners of ours, that are kept once each. */
const MAX_SHARED = 1000;

/** Addresses of record whose contacts are being stored, each with the changes that wait behind it. */
const MAX_WAITING = 16;

/**
 * Who is registered where: in memory, and in the store as far as a restart needs it. What a phone has been promised is always
 * covered by the store, because a contact is stored for one lifetime more than it was granted and stored again before that
 * is over; so most refreshes write nothing.
 */
export class Registrations {
  readonly #parts: RegistrationParts;
  readonly #byAor = new Map<TenantId, Map<string, readonly Registered[]>>();
  readonly #byDevice = new Map<DeviceId, Registered>();
  readonly #queues = new Map<string, { waiting: number; last: Promise<unknown> }>();
  readonly #expiries: ExpiryHeap<DeviceId>;
  readonly #userAgents = new Shared<string>(MAX_SHARED);
  readonly #listeners = new Shared<Endpoint>(MAX_SHARED);

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
    return this.#byAor.get(aor.tenant)?.get(aor.aor) ?? [];
  }

  /** Takes up what the store kept. Contacts of users who are gone, and what cannot be read, are left out. */
  async restore(isKnown: (aor: Aor) => boolean): Promise<void> {
    const { clock, contacts, log } = this.#parts;
    const now = clock.now();
    for (const stored of await contacts.load()) {
      const flows = readFlows(stored);
      if (flows === undefined) log.warn("a stored contact cannot be read", { tenant: stored.tenant, aor: stored.aor });
      if (flows === undefined || stored.expiresAt <= now || !isKnown(stored)) continue;
      if (this.#byDevice.has(stored.device)) continue;
      const { tenant, user, aor, device, expiresAt } = stored;
      const [first, ...others] = flows;
      const slim: Flows = [this.#slim(first), ...others.map((each) => this.#slim(each))];
      this.#put({ tenant, user, aor, device, flows: slim, storedUntil: expiresAt });
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
    const next = this.#next(aor, before, bindings);
    const isSameSet = next.length === before.length && next.every(({ device }) => this.#byDevice.has(device));
    if (!isSameSet || !next.every((each) => this.#isCovered(each))) {
      const covered = next.map((each) => ({ ...each, storedUntil: this.#cover(each) }));
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

  #cover(registered: Registered): Instant {
    const end = lastEnd(registered);
    return instant(end + Math.max(0, end - this.#parts.clock.now()));
  }

  /** Whether the store would bring the endpoint back by the ways that it has now, for as long as it was promised. */
  #isCovered(registered: Registered): boolean {
    const known = this.#byDevice.get(registered.device);
    return (
      known !== undefined && isStoredAs(known.flows, registered.flows) && lastEnd(registered) <= registered.storedUntil
    );
  }

  /** The endpoints of these bindings; each that was known keeps its device id. */
  #next(
    { tenant, user, aor }: Aor,
    before: readonly Registered[],
    bindings: readonly Binding[],
  ): readonly Registered[] {
    const old = new Set(before.flatMap(({ flows }) => flows));
    const endpoints = endpointsOf(bindings.map((each) => (old.has(each) ? each : this.#slim(each))));
    const known = matched(before, endpoints);
    const kept = before[0]?.aor ?? ownText(aor);
    return endpoints.map((flows: Flows, i) => ({
      tenant,
      user,
      aor: kept,
      device: known[i]?.device ?? this.#newDevice(),
      flows,
      storedUntil: known[i]?.storedUntil ?? instant(0),
    }));
  }

  #newDevice(): DeviceId {
    return ownText<DeviceId>(makeId("dev", this.#parts.clock.now(), this.#parts.random));
  }

  /** The same binding, with what many have in common kept once. */
  #slim(binding: Binding): Binding {
    const { flow, userAgent } = binding;
    const local = this.#listeners.of(`${flow.local.address} ${flow.local.port}`, flow.local);
    const product = userAgent === undefined ? undefined : this.#userAgents.of(userAgent, userAgent);
    return { ...binding, flow: flow.local === local ? flow : { ...flow, local }, userAgent: product };
  }

  #take(aor: Aor, next: readonly Registered[]): void {
    const { onDevice } = this.#parts;
    const kept = new Set(next.map(({ device }) => device));
    for (const old of this.of(aor)) {
      if (kept.has(old.device)) continue;
      this.#byDevice.delete(old.device);
      onDevice(toDevice(old), true);
    }
    this.#list(aor, []);
    for (const each of next) this.#put(each);
  }

  #put(registered: Registered): void {
    const { device, flows } = registered;
    const before = this.#byDevice.get(device);
    const others = this.of(registered).filter((each) => each.device !== device);
    // Not spread into a new list: that would keep room for 16 more.
    this.#list(registered, others.concat(registered));
    this.#byDevice.set(device, registered);
    // A refresh only moves the end on: the entry that is there looks again when it is due.
    const end = firstEnd(registered);
    if (before === undefined || end < firstEnd(before)) this.#expiries.add(device, end);
    const isSame = flows.length === before?.flows.length && flows.every((each, i) => each === before.flows[i]);
    if (!isSame) this.#parts.onDevice(toDevice(registered), false);
  }

  #expire(device: DeviceId): void {
    const registered = this.#byDevice.get(device);
    if (registered === undefined) return;
    const now = this.#parts.clock.now();
    const [first, ...others] = registered.flows.filter(({ expiresAt }) => expiresAt > now);
    if (first === undefined) return this.#remove(registered);
    const left: Registered = { ...registered, flows: [first, ...others] };
    this.#expiries.add(device, firstEnd(left));
    if (left.flows.length < registered.flows.length) this.#put(left);
  }

  #remove(registered: Registered): void {
    this.#byDevice.delete(registered.device);
    this.#list(
      registered,
      this.of(registered).filter(({ device }) => device !== registered.device),
    );
    this.#parts.onDevice(toDevice(registered), true);
  }

  #list({ tenant, aor }: Aor, all: readonly Registered[]): void {
    const known = this.#byAor.get(tenant) ?? new Map<string, readonly Registered[]>();
    if (all.length === 0) known.delete(aor);
    else known.set(aor, all);
    if (known.size === 0) this.#byAor.delete(tenant);
    else this.#byAor.set(tenant, known);
  }
}

const keyOf = ({ tenant, aor }: Pick<Aor, "tenant" | "aor">): string => `${tenant} ${aor}`;
