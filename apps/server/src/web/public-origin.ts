import { hostname } from "node:os";
import type { PortSetting } from "../port-settings.ts";
import type { Settings } from "../settings-catalogue.ts";

const HTTPS_PORT = 443;

/** The origin of the public URL; without a setting, the host name and the HTTPS port. */
export function publicOrigin({ publicUrl }: Pick<Settings, "publicUrl">, httpsPort: PortSetting): string {
  if (publicUrl !== undefined) return publicUrl.origin;
  const port = typeof httpsPort === "number" && httpsPort !== HTTPS_PORT ? `:${httpsPort}` : "";
  return new URL(`https://${hostname().toLowerCase()}${port}`).origin;
}
