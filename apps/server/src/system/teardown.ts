import type { Log } from "@cordboard/kernel";

/** What is given back when something that was opened in steps ends, or fails midway. */
export interface Teardown {
  /** Adds a step; steps run in the other order. */
  add(step: () => unknown): void;
  /** Runs every step once. One that fails is logged and keeps none of the others from running, and hides no earlier fault. */
  run(): Promise<void>;
}

/** A teardown without steps. */
export function createTeardown(log: Log): Teardown {
  const steps: (() => unknown)[] = [];
  return {
    add: (step) => steps.push(step),
    run: async () => {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (fault) {
          log.error("something could not be closed", { fault });
        }
      }
    },
  };
}
