import type { Log } from "@cordboard/kernel";
import type { DestinationStream, LoggerOptions } from "pino";
import { pino, stdSerializers, stdTimeFunctions } from "pino";
import { build } from "pino-pretty";
import type { Settings } from "./settings-catalogue.ts";

/** The server's log: one line a happening; JSON for programs or text for people. Default of `to`: standard output. */
export function createLog(
  { logLevel, logFormat }: Pick<Settings, "logLevel" | "logFormat">,
  to?: DestinationStream,
): Log {
  const options: LoggerOptions = {
    level: logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { fault: faultText, cause: faultText },
    redact: { paths: ["password", "token", "authorization", "*.password", "*.token"], censor: "(hidden)" },
  };
  const text = (): NodeJS.WritableStream =>
    build({ sync: true, colorize: process.stdout.isTTY === true, translateTime: "SYS:HH:MM:ss.l", singleLine: true });
  const logger = to !== undefined ? pino(options, to) : logFormat === "text" ? pino(options, text()) : pino(options);
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

/** A fault with its causes; anything else as it is. */
const faultText = (fault: unknown): unknown => (fault instanceof Error ? stdSerializers.errWithCause(fault) : fault);
