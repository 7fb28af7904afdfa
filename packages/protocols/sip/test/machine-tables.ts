import type { AnswerResend, AnswerResendInput } from "../src/dialog/answer-resend.ts";
import type { InviteClientInput, InviteClientState } from "../src/transaction/invite-client.ts";
import type { InviteServerInput, InviteServerState } from "../src/transaction/invite-server.ts";
import type { RequestClientInput, RequestClientState } from "../src/transaction/request-client.ts";
import type { RequestServerInput, RequestServerState } from "../src/transaction/request-server.ts";

type AnyState = { readonly at: string };
type AnyInput = { readonly type: string };

/** What a machine tells statuses apart by. */
type StatusClass = "1xx" | "2xx" | "3xx-6xx";

/** The name of an input in a table: `timer A`, `response 2xx`, `ack`. */
export type InputName<Input> = Input extends { readonly type: "timer"; readonly timer: infer Name extends string }
  ? `timer ${Name}`
  : Input extends { readonly type: infer Type extends string; readonly status: number }
    ? `${Type} ${StatusClass}`
    : Input extends { readonly type: infer Type extends string }
      ? Type
      : never;

/** All states and all inputs of one machine. A state or an input that a machine has and this has not does not compile. */
interface Alphabet<State extends AnyState, Input> {
  readonly states: Readonly<Record<State["at"], true>>;
  readonly inputs: Readonly<Record<InputName<Input>, true>>;
}

const inviteClient: Alphabet<InviteClientState, InviteClientInput> = {
  states: { calling: true, proceeding: true, completed: true, accepted: true, terminated: true },
  inputs: {
    "response 1xx": true,
    "response 2xx": true,
    "response 3xx-6xx": true,
    "timer A": true,
    "timer B": true,
    "timer D": true,
    "timer M": true,
    "transport-failed": true,
  },
};

const requestClient: Alphabet<RequestClientState, RequestClientInput> = {
  states: { trying: true, proceeding: true, completed: true, terminated: true },
  inputs: {
    "response 1xx": true,
    "response 2xx": true,
    "response 3xx-6xx": true,
    "timer E": true,
    "timer F": true,
    "timer K": true,
    "transport-failed": true,
  },
};

const inviteServer: Alphabet<InviteServerState, InviteServerInput> = {
  states: { proceeding: true, completed: true, confirmed: true, accepted: true, terminated: true },
  inputs: {
    request: true,
    ack: true,
    "respond 1xx": true,
    "respond 2xx": true,
    "respond 3xx-6xx": true,
    "timer G": true,
    "timer H": true,
    "timer I": true,
    "timer L": true,
    "transport-failed": true,
  },
};

const requestServer: Alphabet<RequestServerState, RequestServerInput> = {
  states: { trying: true, proceeding: true, completed: true, terminated: true },
  inputs: {
    request: true,
    "respond 1xx": true,
    "respond 2xx": true,
    "respond 3xx-6xx": true,
    "timer J": true,
    "transport-failed": true,
  },
};

const answerResend: Alphabet<AnswerResend, AnswerResendInput> = {
  states: { waiting: true, acknowledged: true, "given-up": true },
  inputs: { delay: true, ack: true },
};

/** Every machine of the stack with its states and inputs. */
export const machines = {
  "invite-client": inviteClient,
  "request-client": requestClient,
  "invite-server": inviteServer,
  "request-server": requestServer,
  "answer-resend": answerResend,
} as const;

/** Names of the machines. */
export type MachineName = keyof typeof machines;

/** A cell for every pair of a state and an input of a machine; one that is left out does not compile. */
export type Table<Name extends MachineName, Cell> = Readonly<
  Record<keyof (typeof machines)[Name]["states"], Readonly<Record<keyof (typeof machines)[Name]["inputs"], Cell>>>
>;

/** The name under which tables have an input. */
export function nameOfInput(input: AnyInput & { readonly timer?: string; readonly status?: number }): string {
  if (input.timer !== undefined) return `timer ${input.timer}`;
  if (input.status === undefined) return input.type;
  return `${input.type} ${input.status < 200 ? "1xx" : input.status < 300 ? "2xx" : "3xx-6xx"}`;
}
