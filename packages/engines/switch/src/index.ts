export type { AttemptLimits } from "./failed-attempts.ts";
export type { LegState } from "./leg-state.ts";
export type { PhoneServices } from "./phone-services.ts";
export type { SwitchSettings } from "./settings.ts";
export { defaultSwitchSettings } from "./settings.ts";
export type { NewCall, SipSwitch, SwitchOptions, SwitchState } from "./switch.ts";
export { createSwitch } from "./switch.ts";
