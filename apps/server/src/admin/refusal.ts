/** Why a command was not done; `code` is stable, `why` says what to do. */
export interface CommandRefusal {
  readonly code: string;
  readonly why: string;
}

/** Nobody has that extension. */
export const noUser = (extension: string): CommandRefusal => ({
  code: "unknown-user",
  why: `there is no user ${extension}`,
});

/** A live call wants a server that runs. */
export const notRunning: CommandRefusal = {
  code: "not-running",
  why: "no server runs on this data folder, and only a running one has calls; cordboard start starts it",
};
