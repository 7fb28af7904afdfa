/** An address with its port as people write it: `127.0.0.1:8080`, `[::1]:8080`. */
export const addressText = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
