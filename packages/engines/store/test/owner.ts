// A server in a process of its own, for tests that kill it: takes the lock, opens the database, says so on its output,
// and stays until it is told to end by SIGTERM. SIGINT, which Ctrl-C sends to everybody, makes it ask the database.
import { PlatformError } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { lockDataFolder, openDatabase } from "../src/index.ts";

const [dataFolder = ""] = process.argv.slice(2);
const say = (word: string): boolean => process.stdout.write(`${word}\n`);

try {
  const lock = await lockDataFolder({ ...machine, dataFolder, purpose: "test" });
  const database = await openDatabase({ ...machine, dataFolder, dbUser: "nobody", isDurable: false });
  process.on("SIGINT", () => {
    void database.pool.query("select 1").then(
      () => say("answers"),
      () => say("silent"),
    );
  });
  process.on("SIGTERM", () => {
    void database
      .stop()
      .then(() => lock.release())
      .then(() => process.exit(0));
  });
  say("ready");
} catch (error) {
  say(error instanceof PlatformError ? `${error.code}: ${error.message}` : String(error));
}
