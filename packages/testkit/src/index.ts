export type { TestFolder } from "./machine.ts";
export { machine, makeTestFolder } from "./machine.ts";
