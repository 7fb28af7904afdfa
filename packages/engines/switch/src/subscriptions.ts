import type { Actor, Tenant, User, Watchable, Watching } from "@cordboard/core";
import { actorOfUser } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import type { IncomingSubscribe, Notifier, NotifierLimits } from "@cordboard/sip";
import { DIALOG_INFO, MESSAGE_SUMMARY, PIDF, parseUri, REGINFO } from "@cordboard/sip";
import type { Authentication } from "./authentication.ts";
import { Lamps } from "./lamps.ts";
import { dialogDocument, mailboxDocument, presenceDocument, registrationDocument } from "./watched-documents.ts";
import type { World } from "./world.ts";

/** What subscriptions are served with. */
export interface SubscriptionParts {
  readonly world: World;
  readonly authentication: Authentication;
  readonly watching: Watching;
  readonly limits: Partial<NotifierLimits>;
}

/** A number that a user watches, or wants to. */
interface Watched {
  readonly tenant: Tenant;
  readonly number: string;
  readonly user: User;
  readonly actor: Actor;
}

/** One event package: the document of what is watched, or undefined when there is nothing, or nothing for the watcher. */
interface EventPackage {
  readonly event: string;
  readonly contentType: string;
  readonly what: Watchable;
  readonly show: (parts: SubscriptionParts, watched: Watched, version: number) => string | undefined;
}

const packages: readonly EventPackage[] = [
  {
    event: "dialog",
    contentType: DIALOG_INFO,
    what: "calls",
    show({ watching }, { actor, number, tenant: { domain } }, version) {
      const calls = watching.calls(actor, number);
      return calls === undefined ? undefined : dialogDocument({ number, domain }, calls, version);
    },
  },
  {
    event: "presence",
    contentType: PIDF,
    what: "presence",
    show({ watching }, { actor, number, tenant: { domain } }) {
      const presence = watching.presence(actor, number);
      return presence === undefined ? undefined : presenceDocument({ number, domain }, presence);
    },
  },
  {
    event: "message-summary",
    contentType: MESSAGE_SUMMARY,
    what: "mailbox",
    show: ({ watching, world }, { actor, number, tenant }) => mailboxShown({ watching, world }, actor, number, tenant),
  },
  {
    event: "reg",
    contentType: REGINFO,
    what: "devices",
    // Where somebody else's phones are is for nobody else to know.
    show({ world }, { number, user, tenant: { id, domain } }, version) {
      if (number !== user.extension) return undefined;
      const registered = world.registrations.of({ tenant: id, user: user.id, aor: `sip:${number}@${domain}` });
      return registrationDocument({ number, domain }, registered, { version, now: world.clock.now() });
    },
  },
];

/** The body that tells of a mailbox, as the actor may know it. */
function mailboxShown(
  { watching, world }: Pick<SubscriptionParts, "watching" | "world">,
  actor: Actor,
  number: string,
  { id, domain }: Tenant,
): string | undefined {
  const counts = watching.mailbox(actor, number);
  const voicemail = world.directory.services(id).find(({ kind }) => kind === "voicemail");
  return counts === undefined
    ? undefined
    : mailboxDocument(counts, voicemail === undefined ? undefined : { number: voicemail.number, domain });
}

/** Lets users watch numbers of their tenant. @rfc 6665 */
export class Subscriptions {
  readonly #notifiers: ReadonlyMap<Watchable, Notifier>;
  readonly #lamps: Lamps;

  constructor(parts: SubscriptionParts) {
    const { world, watching } = parts;
    this.#notifiers = new Map(packages.map((each) => [each.what, serve(parts, each)]));
    this.#lamps = new Lamps({
      world,
      shown: (user, tenant) => mailboxShown(parts, actorOfUser(user), user.extension, tenant),
      hasNews: (user) => (watching.mailbox(actorOfUser(user), user.extension)?.fresh ?? 0) > 0,
      watchers: (user) => this.#notifiers.get("mailbox")?.watchers(keyOf(user.tenant, user.extension)) ?? [],
    });
    watching.onChange({
      changed: (tenant, number, what) => this.#changed(tenant, number, what),
      reconsider: (_tenant, user) => {
        for (const notifier of this.#notifiers.values()) notifier.reconsider(user);
      },
    });
  }

  /** Ends every subscription, whose watchers may come again at once. */
  close(): void {
    this.#lamps.close();
    for (const notifier of this.#notifiers.values()) notifier.close();
  }

  #changed(tenant: TenantId, number: string, what: Watchable): void {
    if (what === "mailbox" || what === "devices") this.#lamps.changed(tenant, number, what);
    // An endpoint is told of while the list that it is in is being changed.
    if (what === "devices") queueMicrotask(() => this.#notifiers.get(what)?.changed(keyOf(tenant, number)));
    else this.#notifiers.get(what)?.changed(keyOf(tenant, number));
  }
}

/** What is watched, as notifiers name it. Neither part has a space. */
const keyOf = (tenant: TenantId, number: string): string => `${tenant} ${number}`;

function serve(parts: SubscriptionParts, { event, contentType, show }: EventPackage): Notifier {
  const { directory, agent } = parts.world;
  return agent.notifier({
    event,
    contentType,
    limits: parts.limits,
    onSubscribe(incoming) {
      const watched = admitted(parts, incoming);
      if (watched === undefined) return;
      // What is not there, not for this user, or another tenant's, is answered alike.
      if (show(parts, watched, 0) === undefined) incoming.reject(404);
      else incoming.accept(keyOf(watched.tenant.id, watched.number), watched.user.id);
    },
    state(resource, version, watcher) {
      const [id = "", number = ""] = resource.split(" ");
      const tenant = directory.tenant(id as TenantId);
      const user = tenant === undefined ? undefined : directory.user(tenant.id, watcher as UserId);
      if (tenant === undefined || user === undefined) return undefined;
      return show(parts, { tenant, number, user, actor: actorOfUser(user) }, version);
    },
  });
}

/** Who wants to watch what; undefined when the request has been turned away. */
function admitted({ world, authentication }: SubscriptionParts, incoming: IncomingSubscribe): Watched | undefined {
  const { request, flow } = incoming;
  const tenant = authentication.tenantOf(request.headers.from?.uri);
  const proof = authentication.checkOther(request, flow, tenant);
  if (!proof.ok) {
    incoming.reject(proof.error.status, proof.error);
    return undefined;
  }
  const user = proof.value;
  const uri = parseUri(request.uri);
  const named = uri === undefined ? undefined : world.directory.tenantOfDomain(uri.host);
  const isElsewhere = named !== undefined && named.id !== tenant.id;
  const asked = isElsewhere ? "" : (uri?.user ?? "");
  // Many phones ask at the number that they call to listen to their messages.
  const isOwnBox = world.directory.serviceAt(tenant.id, asked)?.kind === "voicemail";
  return { tenant, user, actor: actorOfUser(user), number: isOwnBox ? user.extension : asked };
}
