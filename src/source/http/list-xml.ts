/**
 * Reads the answer to ListObjectsV2 (Amazon S3 API Reference, ListObjectsV2): the keys, and whether there are more. A
 * parser for what S3 sends and nothing else: a declaration, elements, text, the predefined and numeric entities.
 * Comments, CDATA, document types and processing instructions are refused, so no entity can expand and nothing hides
 * from a reader that parses differently.
 */

export interface ListedKeys {
  readonly keys: readonly string[];
  readonly isTruncated: boolean;
  /** The newest LastModified, unix ms, if one can be read. */
  readonly publishedMs?: number;
}

/** Thrown with a reason and an offset in characters; the caller knows the host and path. */
export class ListXmlError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/**
 * Throws ListXmlError for anything but one well-formed ListBucketResult with exactly one IsTruncated and one Key per
 * Contents.
 */
export function parseListXml(text: string): ListedKeys {
  const keys: string[] = [];
  let isTruncated: boolean | undefined;
  let keysInContents = 0;
  let publishedMs: number | undefined;
  walk(text, {
    open(path, offset) {
      if (path === "ListBucketResult/Contents") keysInContents = 0;
      if (!path.includes("/") && path !== "ListBucketResult") {
        throw new ListXmlError(`the answer is a <${path}>, not a <ListBucketResult>`, offset);
      }
    },
    close(path, content, offset) {
      if (path === "ListBucketResult/Contents/Key") {
        keys.push(content);
        keysInContents++;
      } else if (path === "ListBucketResult/Contents/LastModified") {
        publishedMs = newer(publishedMs, DATE.test(content) ? Date.parse(content) : Number.NaN);
      } else if (path === "ListBucketResult/Contents" && keysInContents !== 1) {
        throw new ListXmlError(`a <Contents> with ${keysInContents} <Key> elements`, offset);
      } else if (path === "ListBucketResult/IsTruncated") {
        if (isTruncated !== undefined) throw new ListXmlError("a second <IsTruncated>", offset);
        if (content !== "true" && content !== "false")
          throw new ListXmlError("<IsTruncated> is not true or false", offset);
        isTruncated = content === "true";
      }
    },
  });
  if (isTruncated === undefined) throw new ListXmlError("no <IsTruncated>", text.length);
  return { keys, isTruncated, ...(publishedMs === undefined ? {} : { publishedMs }) };
}

/** As S3 writes it: 2026-11-23T00:00:00.000Z. */
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/;

function newer(oneMs: number | undefined, otherMs: number): number | undefined {
  return Number.isFinite(otherMs) ? Math.max(otherMs, oneMs ?? otherMs) : oneMs;
}

interface Visitor {
  open(path: string, offset: number): void;
  /** `content` is the element's own text, without that of elements inside it. */
  close(path: string, content: string, offset: number): void;
}

interface OpenElement {
  readonly path: string;
  readonly name: string;
  content: string;
}

/** S3 nests three deep (four with Owner); the bound keeps the paths short. */
const MAX_DEPTH = 8;
const DECLARATION = /^\uFEFF?<\?xml [^<>?]{0,100}\?>/;
const TAG =
  /<(\/?)([A-Za-z_][A-Za-z0-9_.-]{0,63})((?:\s+[A-Za-z_:][A-Za-z0-9_:.-]{0,63}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;

function walk(text: string, visitor: Visitor): void {
  const stack: OpenElement[] = [];
  let offset = DECLARATION.exec(text)?.[0].length ?? 0;
  let finished = false;
  while (offset < text.length) {
    const next = text.indexOf("<", offset);
    const textEnd = next === -1 ? text.length : next;
    addText(stack.at(-1), text.slice(offset, textEnd), offset);
    offset = textEnd;
    if (offset === text.length) break;

    TAG.lastIndex = offset;
    const tag = TAG.exec(text);
    if (tag === null) throw new ListXmlError("not an element", offset);
    const [whole, slash, name = "", attributes, selfClosing] = tag;
    if (slash === "/") {
      const element = stack.pop();
      if (element?.name !== name || attributes !== "" || selfClosing !== "") {
        throw new ListXmlError(`</${name}> closes nothing that is open`, offset);
      }
      visitor.close(element.path, element.content, offset);
    } else {
      const parent = stack.at(-1);
      if (finished && parent === undefined) throw new ListXmlError("a second root element", offset);
      if (stack.length >= MAX_DEPTH) throw new ListXmlError("nested too deep", offset);
      const path = parent === undefined ? name : `${parent.path}/${name}`;
      visitor.open(path, offset);
      if (selfClosing === "/") visitor.close(path, "", offset);
      else stack.push({ path, name, content: "" });
      finished = true;
    }
    offset += whole.length;
  }
  if (stack.length > 0) throw new ListXmlError(`ends inside <${stack.at(-1)?.name}>`, text.length);
  if (!finished) throw new ListXmlError("no element at all", text.length);
}

function addText(element: OpenElement | undefined, raw: string, offset: number): void {
  if (element !== undefined) element.content += decodeEntities(raw, offset);
  else if (raw.trim() !== "") throw new ListXmlError("text outside the root element", offset);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(raw: string, offset: number): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));|&/g, (whole, hex, decimal, name, at) => {
    const refuse = (): never => {
      throw new ListXmlError(`unknown entity ${whole}`, offset + at);
    };
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] as string) : refuse();
    if (hex === undefined && decimal === undefined) return refuse();
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isScalar = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    return isScalar ? String.fromCodePoint(point) : refuse();
  });
}
