/**
 * Server-sent events (WHATWG HTML 9.2) of an untrusted node. An event is only a hint to ask again, so only its name and
 * id are kept: whatever a node sends, its reader holds a few hundred characters.
 */

export interface EventFrame {
  readonly event: string;
  /** The last id that the stream named, for Last-Event-ID. */
  readonly id: string | undefined;
}

/** `event: quorum` and ids have tens of characters. A longer line, which is data, is ignored. */
const MAX_KEPT_CHARACTERS = 160;
/**
 * The longest honest line is the data of a hello, a namespace of 128 characters for each log: this is room for 500 of
 * them.
 */
export const MAX_LINE_BYTES = 65_536;
const [LF, CR] = [10, 13];

export class EventFrames {
  #line = "";
  #lineBytes = 0;
  #event = "";
  #id: string | undefined;
  /** Complete lines of any kind: a stream that only dribbles bytes shows no life. */
  lines = 0;

  /**
   * The events that these bytes complete. `"too-long"` if a line does not end: the stream is then of no further use.
   */
  push(chunk: Uint8Array): EventFrame[] | "too-long" {
    const frames: EventFrame[] = [];
    for (const byte of chunk) {
      if (byte === LF) {
        const frame = this.#endLine();
        if (frame !== undefined) frames.push(frame);
      } else if (byte !== CR) {
        this.#lineBytes++;
        if (this.#lineBytes > MAX_LINE_BYTES) return "too-long";
        // Names and ids are ASCII; other bytes give a name that nobody knows.
        if (this.#lineBytes <= MAX_KEPT_CHARACTERS) this.#line += String.fromCharCode(byte);
      }
    }
    return frames;
  }

  #endLine(): EventFrame | undefined {
    const [line, isWhole] = [this.#line, this.#lineBytes <= MAX_KEPT_CHARACTERS];
    this.#line = "";
    this.#lineBytes = 0;
    this.lines++;
    if (line === "") {
      const event = this.#event;
      this.#event = "";
      return event === "" ? undefined : { event, id: this.#id };
    }
    const [, field, value = ""] = /^(event|id): ?(.*)$/.exec(line) ?? [];
    if (!isWhole || field === undefined) return undefined;
    if (field === "event") this.#event = value;
    // It goes into a header.
    else if (/^[\x21-\x7e]*$/.test(value)) this.#id = value === "" ? undefined : value;
    return undefined;
  }
}
