import type { DeviceId } from "@cordboard/kernel";

/** A registered endpoint as the outside sees it. */
export interface DeviceView {
  readonly id: DeviceId;
  readonly extension: string;
  readonly userAgent: string;
  readonly transport: string;
  readonly contact: string;
}

/** The data of events about the configuration and registered endpoints, by wire name. */
export interface DirectoryEventData {
  readonly "device.registered.v1": { readonly device: DeviceView };
  readonly "device.unregistered.v1": { readonly device: DeviceView };
  readonly "config.changed.v1": { readonly kind: string; readonly id: string };
}
