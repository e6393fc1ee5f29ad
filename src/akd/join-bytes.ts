/** Like core's concat, for any number of parts: a proof has more of them than a call may have arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  const all = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
