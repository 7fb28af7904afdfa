import { run } from "./child.ts";

/** Another machine, as far as the network goes: a namespace of this one, joined to it by a pair of interfaces. */
export interface OtherMachine {
  /** Our address, as the other machine sees it. */
  readonly ours: string;
  /** Its address. */
  readonly theirs: string;
  /** What a command is put behind to run over there. */
  readonly there: readonly string[];
  remove(): Promise<void>;
}

/** Makes another machine; `ip` is the program's path. Its addresses are of the range that is for tests of networks (RFC 2544). */
export async function makeOtherMachine(ip: string): Promise<OtherMachine> {
  const name = `cordboard${process.pid}`;
  const [here, over] = [`cb${process.pid}a`, `cb${process.pid}b`];
  const net = `198.18.${process.pid % 256}`;
  const [ours, theirs] = [`${net}.1`, `${net}.2`];
  const remove = async (): Promise<void> => {
    await run(ip, ["netns", "delete", name]);
    // The pair goes with the namespace; here it may not have got that far.
    await run(ip, ["link", "delete", here]);
  };
  try {
    await done(ip, "netns", "add", name);
    await done(ip, "link", "add", here, "type", "veth", "peer", "name", over, "netns", name);
    await done(ip, "address", "add", `${ours}/30`, "dev", here);
    await done(ip, "link", "set", here, "up");
    await done(ip, "-n", name, "address", "add", `${theirs}/30`, "dev", over);
    await done(ip, "-n", name, "link", "set", over, "up");
    return { ours, theirs, there: [ip, "netns", "exec", name], remove };
  } catch (fault) {
    await remove();
    throw fault;
  }
}

async function done(ip: string, ...words: readonly string[]): Promise<void> {
  const { code, text } = await run(ip, words);
  if (code !== 0) throw new Error(`ip ${words.join(" ")} ended with ${code}: ${text}`);
}
