/** The log of a running node: lines of JSON for programs, or lines for people at a terminal. */
import { pino } from "pino";
import type { Logger } from "../../core/log.ts";
import type { NodeConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { LogSink } from "./log-sink.ts";
import { prettyLine } from "./pretty-line.ts";

type LogLevel = NodeConfig["logLevel"];

export interface NodeLog extends Logger {
  /** Takes effect with the next line. */
  level: LogLevel | string;
}

export function openLog(level: LogLevel, { logStyle }: Pick<CliContext, "logStyle">): NodeLog {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date(systemClock.now()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const format = logStyle === "json" ? undefined : (line: string) => prettyLine(line, logStyle);
  return pino(options, new LogSink(format === undefined ? {} : { format }));
}
