/**
 * One frame out of the bytes of a stream as they come: its length as an unsigned varint, then that many bytes
 * (docs/protocol.md, 9.1). Every byte is looked at once. [a length of nine bytes and more was read again from its
 * start with each chunk: 1 MiB of zeros behind it stopped the process for 6 to 10 s]
 */
import { CoauditError } from "../../core/errors.ts";

/** Of the largest frame, 1 MiB. */
const MAX_LENGTH_BYTES = 3;
/**
 * The first piece of memory for a frame; it doubles as bytes come. [a length costs its sender three bytes, and would
 * cost us 1 MiB]
 */
const FIRST_ROOM_BYTES = 1024;

export class FrameReader {
  readonly #capBytes: number;
  #lengthBytes = 0;
  #length = 0;
  /** Undefined until the length is known. */
  #room: Uint8Array | undefined;
  #filledBytes = 0;
  #isWhole = false;

  constructor(options: { capBytes: number }) {
    this.#capBytes = options.capBytes;
  }

  /**
   * Takes the next bytes; returns the frame with the last of them. Throws FRAME_TOO_LARGE and FRAME_MALFORMED at the
   * first byte that no frame within the cap has at its place, one behind the frame included.
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    let offset = 0;
    while (this.#room === undefined && offset < chunk.length) this.#pushLength(chunk[offset++] as number);
    const room = this.#room;
    if (room === undefined) return undefined;
    const rest = chunk.subarray(offset);
    if (this.#isWhole && rest.length > 0) throw malformed("something follows the frame");
    if (this.#filledBytes + rest.length > this.#length) throw malformed("something follows the frame");
    this.#fill(room, rest);
    if (this.#isWhole || this.#filledBytes < this.#length) return undefined;
    this.#isWhole = true;
    const frame = (this.#room as Uint8Array).subarray(0, this.#length);
    this.#room = new Uint8Array();
    return frame;
  }

  #pushLength(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes);
    this.#lengthBytes++;
    if (this.#length > this.#capBytes) {
      const capBytes = this.#capBytes;
      throw new CoauditError("FRAME_TOO_LARGE", `a frame is larger than the cap of ${capBytes} bytes`, { capBytes });
    }
    if (byte >= 0x80) {
      if (this.#lengthBytes === MAX_LENGTH_BYTES) throw malformed(`its length has more than ${MAX_LENGTH_BYTES} bytes`);
      return;
    }
    if (byte === 0 && this.#lengthBytes > 1) throw malformed("its length has more bytes than it needs");
    this.#room = new Uint8Array(Math.min(this.#length, FIRST_ROOM_BYTES));
  }

  #fill(room: Uint8Array, bytes: Uint8Array): void {
    const neededBytes = this.#filledBytes + bytes.length;
    let target = room;
    if (neededBytes > room.length) {
      target = new Uint8Array(Math.min(this.#length, Math.max(neededBytes, 2 * room.length)));
      target.set(room.subarray(0, this.#filledBytes));
      this.#room = target;
    }
    target.set(bytes, this.#filledBytes);
    this.#filledBytes = neededBytes;
  }
}

function malformed(reason: string): CoauditError<"FRAME_MALFORMED"> {
  return new CoauditError("FRAME_MALFORMED", `not one frame: ${reason}`, { reason });
}
