/**
 * Whether a peer keeps its sound from others by SRTP with keys in the session description. `off`: never; `offered`: where it can;
 * `required`: always, or there is no call; `as-server`: as the server's setting has it for all.
 */
export type SoundProtection = "as-server" | "off" | "offered" | "required";

/** What is said of the sound of one user's phones. */
export interface SoundProtections {
  /** Of phones of which nothing else is said. */
  readonly others: SoundProtection;
  /** Of single phones, by the instance that they register with (RFC 5626 §4.1). */
  readonly phones: ReadonlyMap<string, SoundProtection>;
}

/** Nothing is said of any phone. */
export const plainProtections: SoundProtections = { others: "as-server", phones: new Map() };

/** What is said of one phone; one that tells no instance, or one that nobody has spoken of, is as the others. */
export const protectionOf = ({ others, phones }: SoundProtections, instance: string | null): SoundProtection =>
  (instance === null ? undefined : phones.get(instance)) ?? others;

/** All that is said of any phone, for one that cannot be told from the others. */
export const everyProtection = ({ others, phones }: SoundProtections): readonly SoundProtection[] => [
  others,
  ...phones.values(),
];
