import { run } from "./child.ts";

/** One of the networks by which another machine is reached. */
export interface Link {
  /** Our address, as the other machine sees it. */
  readonly ours: string;
  /** Its address. */
  readonly theirs: string;
  /** Pulls the plug at the other machine. */
  cut(): Promise<void>;
  /** Leaves it at the other machine, address and all: what is bound to that can send nothing any more. */
  leave(): Promise<void>;
}

/** Another machine, as far as the network goes: a namespace of this one, joined to it by pairs of interfaces. */
export interface OtherMachine extends Omit<Link, "cut" | "leave"> {
  /** All its networks; `ours` and `theirs` are of the first. */
  readonly links: readonly Link[];
  /** Joins it by one more network, which nobody there has known of before. */
  plugIn(): Promise<Link>;
  /** What a command is put behind to run over there. */
  readonly there: readonly string[];
  remove(): Promise<void>;
}

/**
 * Makes another machine; `ip` is the program's path. Its addresses are of the range that is for tests of networks (RFC 2544). With
 * several networks it sends from each address by the network of that address, and to all of ours by any that is up.
 */
export async function makeOtherMachine(ip: string, networks = 1): Promise<OtherMachine> {
  const name = `cordboard${process.pid}`;
  const made: string[] = [];
  const remove = async (): Promise<void> => {
    await run(ip, ["netns", "delete", name]);
    // The pairs go with the namespace; here it may not have got that far.
    for (const here of made) await run(ip, ["link", "delete", here]);
  };
  try {
    await done(ip, "netns", "add", name);
    await done(ip, "-n", name, "link", "set", "lo", "up");
    const links: Link[] = [];
    const plugIn = async (): Promise<Link> => {
      const number = links.length;
      const here = `cb${process.pid}a${number}`;
      made.push(here);
      const link = await join(ip, name, { here, number });
      links.push(link);
      return link;
    };
    while (links.length < networks) await plugIn();
    const [first] = links;
    if (first === undefined) throw new Error("a machine without a network");
    return { ours: first.ours, theirs: first.theirs, links, plugIn, there: [ip, "netns", "exec", name], remove };
  } catch (fault) {
    await remove();
    throw fault;
  }
}

/** Joins the other machine by one more network. */
async function join(
  ip: string,
  name: string,
  { here, number }: { readonly here: string; readonly number: number },
): Promise<Link> {
  const over = `cb${process.pid}b${number}`;
  const net = `198.18.${process.pid % 256}`;
  const [ours, theirs] = [`${net}.${4 * number + 1}`, `${net}.${4 * number + 2}`];
  await done(ip, "link", "add", here, "type", "veth", "peer", "name", over, "netns", name);
  await done(ip, "address", "add", `${ours}/30`, "dev", here);
  await done(ip, "link", "set", here, "up");
  // With an IPv6 address of its own, which is checked for a second or two, the browser would look at its networks two seconds after that.
  await done(ip, "-n", name, "link", "set", over, "addrgenmode", "none");
  await done(ip, "-n", name, "address", "add", `${theirs}/30`, "dev", over);
  await done(ip, "-n", name, "link", "set", over, "up");
  const table = String(100 + number);
  await done(ip, "-n", name, "rule", "add", "from", theirs, "table", table);
  await done(ip, "-n", name, "route", "add", "default", "via", ours, "dev", over, "table", table);
  await done(ip, "-n", name, "route", "add", "default", "via", ours, "dev", over, "metric", table);
  const cut = (): Promise<void> => done(ip, "-n", name, "link", "set", over, "down");
  const leave = async (): Promise<void> => {
    await done(ip, "-n", name, "address", "flush", "dev", over);
    await cut();
  };
  return { ours, theirs, cut, leave };
}

async function done(ip: string, ...words: readonly string[]): Promise<void> {
  const { code, text } = await run(ip, words);
  if (code !== 0) throw new Error(`ip ${words.join(" ")} ended with ${code}: ${text}`);
}
