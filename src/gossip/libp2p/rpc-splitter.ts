/**
 * Takes a stream of gossipsub's RPCs apart into their fields, as the bytes come. An RPC means the same as its fields
 * one after the other, so each of them can be priced, waited for and passed on alone, and no more than one is ever
 * held.
 */
import { concat } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { ProtoWriter, varint } from "../../core/wire.ts";

/** gossipsub's RPC: 1 subscriptions, 2 messages, 3 control. Other fields are passed over, as gossipsub does. */
export type RpcPiece =
  | { readonly kind: "empty" }
  | { readonly kind: "subscription" | "message" | "control"; readonly body: Uint8Array };

const KINDS = { 1: "subscription", 2: "message", 3: "control" } as const;
const FIELDS = { subscription: 1, message: 2, control: 3 } as const;

/** The greatest body of each that is held; a greater one is passed over unread. */
const CAP_BYTES = {
  subscription: 1024,
  /** A statement of 64 KiB, its topic, and room for one that is too large: gossipsub's to refuse. */
  message: 131_072,
  /** 5,000 message ids, gossipsub's own limit, for each of two topics. */
  control: 262_144,
} as const;

export interface RpcSplitterOptions {
  /** The largest RPC; whoever announces more is cut off. */
  readonly rpcCapBytes: number;
}

type State = "rpc-length" | "tag" | "number" | "length" | "body" | "skip";

export class RpcSplitter {
  readonly #options: RpcSplitterOptions;
  #state: State = "rpc-length";
  /** Bytes of the RPC that are still to come. */
  #rpcLeft = 0;
  #varint = 0;
  #varintBytes = 0;
  #kind: "subscription" | "message" | "control" | undefined;
  #body = new Uint8Array();
  #bodyFilled = 0;
  #skipLeft = 0;

  constructor(options: RpcSplitterOptions) {
    this.#options = options;
  }

  /** The pieces that these bytes complete, one by one. Throws GOSSIP_FRAME_INVALID at the first byte that shows it. */
  *push(chunk: Uint8Array): Generator<RpcPiece, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case "body": {
          const taken = Math.min(this.#body.length - this.#bodyFilled, chunk.length - at);
          this.#body.set(chunk.subarray(at, at + taken), this.#bodyFilled);
          this.#bodyFilled += taken;
          at += taken;
          if (this.#bodyFilled === this.#body.length) yield* this.#bodyEnds();
          break;
        }
        case "skip": {
          const taken = Math.min(this.#skipLeft, chunk.length - at);
          this.#skipLeft -= taken;
          at += taken;
          if (this.#skipLeft === 0) this.#fieldEnds();
          break;
        }
        default: {
          const byte = chunk[at++] ?? 0;
          if (this.#varintGoesOn(byte)) break;
          const value = this.#varint;
          this.#varint = 0;
          this.#varintBytes = 0;
          yield* this.#varintEnds(value);
        }
      }
    }
  }

  /** True while the number is not complete. */
  #varintGoesOn(byte: number): boolean {
    const isLength = this.#state === "rpc-length";
    if (!isLength) this.#takeOfRpc(1);
    this.#varint += (byte & 0x7f) * 2 ** (7 * this.#varintBytes);
    this.#varintBytes++;
    if (isLength && this.#varint > this.#options.rpcCapBytes) throw invalid("an RPC is larger than the cap");
    if (byte >= 0x80) {
      // Ten bytes are the longest number there is, four the longest length of an RPC.
      if (this.#varintBytes === (isLength ? 4 : 10)) throw invalid("a number does not end");
      return true;
    }
    if (isLength && byte === 0 && this.#varintBytes > 1) throw invalid("a length is longer than it need be");
    return false;
  }

  *#varintEnds(value: number): Generator<RpcPiece, void, undefined> {
    switch (this.#state) {
      case "rpc-length":
        this.#rpcLeft = value;
        if (value === 0) yield { kind: "empty" };
        else this.#state = "tag";
        break;
      case "tag":
        this.#fieldBegins(Math.floor(value / 8), value % 8);
        break;
      case "number":
        this.#fieldEnds();
        break;
      default:
        this.#takeOfRpc(value);
        if (this.#kind !== undefined && value <= CAP_BYTES[this.#kind]) {
          this.#body = new Uint8Array(value);
          this.#bodyFilled = 0;
          this.#state = "body";
          if (value === 0) yield* this.#bodyEnds();
        } else {
          this.#skip(value);
        }
    }
  }

  #fieldBegins(field: number, wireType: number): void {
    this.#kind = wireType === 2 && (field === 1 || field === 2 || field === 3) ? KINDS[field] : undefined;
    if (wireType === 0) this.#state = "number";
    else if (wireType === 1) this.#skip(8, "of the RPC");
    else if (wireType === 2) this.#state = "length";
    else if (wireType === 5) this.#skip(4, "of the RPC");
    else throw invalid(`wire type ${wireType}`);
  }

  #skip(sizeBytes: number, counted?: "of the RPC"): void {
    if (counted !== undefined) this.#takeOfRpc(sizeBytes);
    this.#skipLeft = sizeBytes;
    this.#state = "skip";
    if (sizeBytes === 0) this.#fieldEnds();
  }

  *#bodyEnds(): Generator<RpcPiece, void, undefined> {
    const body = this.#body;
    this.#body = new Uint8Array();
    if (this.#kind !== undefined) yield { kind: this.#kind, body };
    this.#fieldEnds();
  }

  #fieldEnds(): void {
    this.#state = this.#rpcLeft === 0 ? "rpc-length" : "tag";
  }

  #takeOfRpc(sizeBytes: number): void {
    this.#rpcLeft -= sizeBytes;
    if (this.#rpcLeft < 0) throw invalid("a field runs past the end of its RPC");
  }
}

/** The RPC that holds this piece alone, with its length in front. */
export function rpcOf(piece: { kind: "subscription" | "message" | "control"; body: Uint8Array }): Uint8Array {
  const rpc = new ProtoWriter().element(FIELDS[piece.kind], piece.body).finish();
  return concat(varint(rpc.length), rpc);
}

function invalid(reason: string): CoauditError<"GOSSIP_FRAME_INVALID"> {
  return new CoauditError("GOSSIP_FRAME_INVALID", `what came on a gossip stream is no RPC: ${reason}`, { reason });
}
