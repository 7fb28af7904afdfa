export { cleanNumber } from "./number.ts";
export type { Destination, RouteRefusal } from "./route.ts";
export { route } from "./route.ts";
