/** Answers about the process around a node. */
import Type, { type TSchema } from "typebox";

export const ReloadAnswer: TSchema = Type.Object({
  file: Type.String({ description: "the configuration that was read" }),
  live: Type.Array(Type.String(), { description: "what changed and has taken effect" }),
  restart: Type.Array(Type.String(), { description: "what differs and takes effect with a restart" }),
  warnings: Type.Array(Type.String(), { description: "what is not wrong and probably not meant" }),
});

export const LogLevelAnswer: TSchema = Type.Object({
  before: Type.String(),
  level: Type.String({ description: "until the next reload or restart" }),
});
