/** Reading a kept proof back from an open file. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** Few enough that a slow reader costs little, many enough that 44 MB are not a thousand reads. */
const CHUNK_BYTES = 256 * 1024;

/** Throws if the file ends early: a body shorter than announced must not look complete. */
export async function* readFrom(file: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; position < sizeBytes; ) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, sizeBytes - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) throw new Error(`a kept proof ended after ${position} of ${sizeBytes} bytes`);
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

export async function hashOf(file: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of readFrom(file, sizeBytes)) hash.update(chunk);
  return new Uint8Array(hash.digest());
}
