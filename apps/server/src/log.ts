import type { Log } from "@cordboard/kernel";
import { clockOf } from "@cordboard/kernel";
import type { LoggerOptions } from "pino";
import { destination, pino, stdSerializers, stdTimeFunctions } from "pino";
import { build } from "pino-pretty";
import type { LineSink, SharedLines } from "./log-lines.ts";
import { shareWrites } from "./log-lines.ts";
import { withoutSecrets } from "./log-secrets.ts";
import type { Settings } from "./settings-catalogue.ts";

/**
 * The server's log: one line a happening; JSON for programs or text for people. Default of `to`: standard output, where lines
 * for programs share writes. Those of trouble are written at once, and all that wait when the process ends, unless it is killed.
 */
export function createLog({ logLevel, logFormat }: Pick<Settings, "logLevel" | "logFormat">, to?: LineSink): Log {
  const options: LoggerOptions = {
    level: logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (fields) => withoutSecrets(fields) },
    serializers: { fault: faultText, cause: faultText },
  };
  const shared = to === undefined && logFormat === "json" ? standardLines() : undefined;
  const logger = pino(options, to ?? shared ?? text());
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn(message, fields) {
      logger.warn(fields ?? {}, message);
      shared?.flush();
    },
    error(message, fields) {
      logger.error(fields ?? {}, message);
      shared?.flush();
    },
  };
}

const text = (): NodeJS.WritableStream =>
  build({ sync: true, colorize: process.stdout.isTTY === true, translateTime: "SYS:HH:MM:ss.l", singleLine: true });

/** Characters that wait at most for a reader of standard output that has fallen behind; what comes then is lost. */
const MOST_UNREAD = 16 * 1024 * 1024;

/** Standard output for lines of programs. A slow reader holds nobody up; what waits is written when the process ends by itself. */
function standardLines(): SharedLines {
  const output = destination({ dest: 1, sync: false, maxLength: MOST_UNREAD });
  const lines = shareWrites(output, clockOf(globalThis));
  process.on("exit", () => {
    lines.flush();
    output.flushSync();
  });
  return lines;
}

/** A fault with its causes; anything else as it is. */
const faultText = (fault: unknown): unknown =>
  fault instanceof Error ? withoutSecrets({ ...stdSerializers.errWithCause(fault) }) : fault;
