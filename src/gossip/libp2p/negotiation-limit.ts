/**
 * How much a peer may say before both agree on a protocol (multistream-select). libp2p answers whatever it is asked,
 * for as long as the agreement may take, and reads a length that never ends byte by byte. [`ls` is four bytes, and an
 * answer each: 16,384 of them fit into 64 KiB]
 */
import type { MessageStream, StreamMessageEvent } from "@libp2p/interface";
import { CoauditError } from "../../core/errors.ts";

/** The header, and more names than anybody has versions of a protocol. */
const MAX_NAMES = 16;
/** libp2p's own limit of a name is 1,024. */
const MAX_NAME_BYTES = 256;

export class NegotiationLimit {
  readonly #protocols: readonly string[];
  #names = 0;
  #name: number[] = [];
  #lengthBytes: number[] = [];
  #leftBytes: number | undefined;
  #agreed: string | undefined;

  constructor(protocols: readonly string[]) {
    this.#protocols = protocols;
  }

  /** The protocol that both speak, once the peer has named it. */
  get agreed(): string | undefined {
    return this.#agreed;
  }

  /** Returns how many bytes there are behind the name that was agreed on. Throws FRAME_TOO_LARGE for too many names. */
  push(data: Uint8Array): number {
    for (const [index, byte] of data.entries()) {
      if (this.#agreed !== undefined) return data.length - index;
      this.#take(byte);
    }
    return 0;
  }

  #take(byte: number): void {
    if (this.#leftBytes === undefined) {
      this.#lengthBytes.push(byte & 0x7f);
      if (byte >= 0x80 && this.#lengthBytes.length < 2) return;
      const [low = 0, high = 0] = this.#lengthBytes;
      this.#lengthBytes = [];
      this.#leftBytes = low + high * 128;
      if (byte >= 0x80 || this.#leftBytes > MAX_NAME_BYTES)
        throw tooMuch(`a name of more than ${MAX_NAME_BYTES} bytes`);
    } else {
      this.#name.push(byte);
      this.#leftBytes--;
    }
    if (this.#leftBytes === 0) this.#nameEnds();
  }

  #nameEnds(): void {
    // Byte for byte. libp2p reads UTF-8 and drops white space: what only one of both takes for the name is not agreed
    // on.
    const name = String.fromCharCode(...this.#name);
    this.#name = [];
    this.#leftBytes = undefined;
    this.#agreed = this.#protocols.find((protocol) => name === `${protocol}\n`);
    if (this.#agreed !== undefined) return;
    if (++this.#names > MAX_NAMES) throw tooMuch(`more than ${MAX_NAMES} names`);
  }
}

export interface NegotiationRule {
  /** Those that this side speaks, or asks for. */
  readonly protocols: readonly string[];
  /** Of those: what may follow the name. Whatever is not in here is read by its own protocol, which has limits. */
  readonly behind?: Readonly<Record<string, "nothing" | "short frames">>;
}

/**
 * Ends a stream on which a peer says too much before a protocol is agreed on, and one of libp2p's own protocols on
 * which what follows is not to be borne. [identify reads nothing of whoever asks: what was sent lay there, up to 4 MiB
 * a stream. Of whoever answers it reads lengths byte by byte for as long as they do not end: 1 MB stopped the process
 * for a minute]
 */
export function limitNegotiation(stream: MessageStream, { protocols, behind = {} }: NegotiationRule): void {
  const limit = new NegotiationLimit(protocols);
  const lengths = new LengthLimit();
  const listen = ({ data }: StreamMessageEvent): void => {
    try {
      const bytes = data.subarray();
      const rest = limit.agreed === undefined ? bytes.subarray(bytes.length - limit.push(bytes)) : bytes;
      if (limit.agreed === undefined) return;
      const rule = behind[limit.agreed];
      if (rule === undefined) stream.removeEventListener("message", listen);
      else if (rule === "short frames") lengths.push(rest);
      else if (rest.length > 0)
        throw tooMuch("something behind the name of a protocol in which there is nothing to say");
    } catch (error) {
      stream.abort(error as Error);
    }
  };
  stream.addEventListener("message", listen);
}

/** identify's own cap of a message is 8 KiB. */
const MAX_SHORT_FRAME_BYTES = 16_384;

/** Frames whose lengths have at most three bytes. */
class LengthLimit {
  #length = 0;
  #lengthBytes = 0;
  #leftBytes = 0;

  push(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const skipped = Math.min(this.#leftBytes, data.length - at);
      this.#leftBytes -= skipped;
      at += skipped;
      if (this.#leftBytes === 0 && at < data.length) this.#take(data[at++] ?? 0);
    }
  }

  #take(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes++);
    if (this.#length > MAX_SHORT_FRAME_BYTES) throw tooMuch(`a frame of more than ${MAX_SHORT_FRAME_BYTES} bytes`);
    if (byte >= 0x80) {
      if (this.#lengthBytes === 3) throw tooMuch("a length of more than 3 bytes");
      return;
    }
    this.#leftBytes = this.#length;
    this.#length = 0;
    this.#lengthBytes = 0;
  }
}

function tooMuch(what: string): CoauditError<"FRAME_MALFORMED"> {
  return new CoauditError("FRAME_MALFORMED", `not an agreement on a protocol: ${what}`, { reason: what });
}
