import { program } from "./cli/program.ts";

// Everything that a command opened is closed when its action settles; nothing is left to keep the process.
await program((code) => {
  process.exitCode = code;
}).parseAsync(process.argv);
