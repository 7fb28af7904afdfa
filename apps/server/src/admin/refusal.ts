/** Why a command was not done; `code` is stable, `why` says what to do. */
export interface CommandRefusal {
  readonly code: string;
  readonly why: string;
}
