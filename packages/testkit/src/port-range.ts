import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A range of UDP ports. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A range of `count` UDP ports on loopback that the system has lately given out as free. Somebody may take one of them meanwhile: what is
 * built on a range must skip ports in use.
 */
export async function freePortRange(count: number): Promise<PortRange> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  const even = port - (port % 2);
  const first = even + count <= 65_536 ? even : even - count;
  return { first, last: first + count - 1 };
}
