import type { Server, Socket } from "node:net";
import { connect as connectTcp, createServer } from "node:net";
import { connect as connectTls } from "node:tls";

/**
 * One connection to a server that outlives the programs which use it, as a phone's does, and that puts on TLS for those that cannot. At
 * its near end one program at a time has it: the last that came, or that was called.
 */
export interface Line {
  /** Where programs come in, as in `127.0.0.1:40000`. */
  readonly near: string;
  /** Connects the near end with a program that listens on this machine; rejects when none does. */
  lead(port: number): Promise<true>;
  close(): void;
}

const HERE = "127.0.0.1";

/** Where a line leads, and the authority that its server is trusted by when it speaks TLS. */
export interface LineOptions {
  /** As in `127.0.0.1:5061`. */
  readonly server: string;
  readonly authority?: string;
}

/** Opens the connection, and a listener for its near end. */
export async function openLine({ server, authority }: LineOptions): Promise<Line> {
  const port = Number(server.slice(server.lastIndexOf(":") + 1));
  const far =
    authority === undefined
      ? connectTcp({ host: HERE, port, noDelay: true })
      : connectTls({ host: HERE, port, ca: authority, servername: "localhost" });
  await happens(far, authority === undefined ? "connect" : "secureConnect");
  // What goes wrong is seen by who uses it.
  far.setNoDelay(true).on("error", () => {});
  let user: Socket | undefined;
  const join = (socket: Socket): void => {
    if (user !== undefined) far.unpipe(user);
    user = socket;
    socket.setNoDelay(true);
    // A program that ends leaves the line as it is.
    socket.on("error", () => {}).once("close", () => far.unpipe(socket));
    socket.pipe(far, { end: false });
    far.pipe(socket, { end: false });
  };
  const door: Server = createServer(join);
  door.listen(0, HERE);
  await happens(door, "listening");
  const address = door.address();
  return {
    near: `${HERE}:${typeof address === "object" ? address?.port : ""}`,
    async lead(to) {
      const socket = connectTcp({ host: HERE, port: to });
      await happens(socket, "connect");
      join(socket);
      return true;
    },
    close() {
      door.close();
      user?.destroy();
      far.destroy();
    },
  };
}

/** Settles when the event comes; rejects with an error that comes first. */
function happens(source: Server | Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    source.once("error", reject);
    source.once(event, () => {
      source.off("error", reject);
      resolve();
    });
  });
}
