/**
 * How much a peer may say before both agree on a protocol (multistream-select). libp2p answers whatever it is asked,
 * for as long as the agreement may take. [`ls` is four bytes, and an answer each: 16,384 of them fit into 64 KiB]
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
    const name = String.fromCharCode(...this.#name).trimEnd();
    this.#name = [];
    this.#leftBytes = undefined;
    if (this.#protocols.includes(name)) this.#agreed = name;
    else if (++this.#names > MAX_NAMES) throw tooMuch(`more than ${MAX_NAMES} names`);
  }
}

export interface NegotiationRule {
  /** Those that this side speaks. */
  readonly protocols: readonly string[];
  /** Of those: protocols whose asker says nothing behind the name. */
  readonly silent?: readonly string[];
}

/**
 * Ends a stream on which a peer says too much before a protocol is agreed on, or anything behind the name of one in
 * which it has nothing to say. [identify reads nothing: what was sent lay there, up to 4 MiB a stream]
 */
export function limitNegotiation(stream: MessageStream, { protocols, silent = [] }: NegotiationRule): void {
  const limit = new NegotiationLimit(protocols);
  const listen = ({ data }: StreamMessageEvent): void => {
    try {
      const behindBytes = limit.agreed === undefined ? limit.push(data.subarray()) : data.byteLength;
      if (limit.agreed === undefined) return;
      if (!silent.includes(limit.agreed)) stream.removeEventListener("message", listen);
      else if (behindBytes > 0)
        throw tooMuch("something behind the name of a protocol in which there is nothing to say");
    } catch (error) {
      stream.abort(error as Error);
    }
  };
  stream.addEventListener("message", listen);
}

function tooMuch(what: string): CoauditError<"FRAME_MALFORMED"> {
  return new CoauditError("FRAME_MALFORMED", `not an agreement on a protocol: ${what}`, { reason: what });
}
