// Preloaded into a node that is to die with its claim on disk and its signature not made:
//   KILL_AT=plexi         before the first of the two signatures
//   KILL_AT=cosignature   between the two
// of epoch KILL_EPOCH. SIGKILL to oneself is delivered before the call returns: nothing runs afterwards.
const crypto = require("node:crypto");
const { syncBuiltinESMExports } = require("node:module");

const { KILL_AT, KILL_EPOCH } = process.env;
const epochOf = { plexi: plexiEpoch, cosignature: cosignatureEpoch }[KILL_AT];
const { sign } = crypto;

crypto.sign = (algorithm, message, ...rest) => {
  if (epochOf(Buffer.from(message)) === Number(KILL_EPOCH)) process.kill(process.pid, "SIGKILL");
  return sign(algorithm, message, ...rest);
};
syncBuiltinESMExports();

/** 08 01 12 <len> <namespace> 18 <varint ms> 22 <len> 08 <varint epoch> ... */
function plexiEpoch(message) {
  if (!message.subarray(0, 3).equals(Buffer.of(0x08, 0x01, 0x12))) return undefined;
  const afterName = 4 + message[3];
  if (message[afterName] !== 0x18) return undefined;
  const afterTime = varint(message, afterName + 1).end;
  return varint(message, afterTime + 3).value;
}

/** `cosignature/v1\ntime <s>\n<origin>\n<epoch>\n...` */
function cosignatureEpoch(message) {
  const lines = message.toString("latin1").split("\n");
  return lines[0] === "cosignature/v1" ? Number(lines[3]) : undefined;
}

function varint(bytes, start) {
  let [value, factor, at] = [0, 1, start];
  for (; bytes[at] >= 0x80; at++, factor *= 128) value += (bytes[at] & 0x7f) * factor;
  return { value: value + bytes[at] * factor, end: at + 1 };
}
