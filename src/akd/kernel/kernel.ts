/**
 * What the fast verifier computes with: decoding into records and hashing four at a time, in a memory of its own
 * (layout.ts). The WebAssembly kernel where WebAssembly has SIMD, else the JavaScript one, which does the same about
 * ten times slower.
 */
import { FREE, MASKS, VALUE_MESSAGE } from "./layout.ts";
import { MODULE_BASE64 } from "./module-bytes.ts";
import { ScalarKernel } from "./scalar.ts";
import { type KernelFunctions, type KernelMemory, PAGE_BYTES } from "./shape.ts";

export type KernelKind = "wasm-simd" | "javascript";
export type KernelChoice = "auto" | KernelKind;

export interface Kernel extends KernelFunctions {
  readonly kind: KernelKind;
  readonly memory: KernelMemory;
}

/** The kernel that this machine runs. */
export function kernelKind(): KernelKind {
  return compiledModule() === undefined ? "javascript" : "wasm-simd";
}

/**
 * A kernel with a memory of its own. Configuration whatsapp_v1; `auto` never fails, while `wasm-simd` throws an Error
 * where there is no such thing. Compiling is synchronous and happens once (a few ms).
 */
export function createKernel(choice: KernelChoice = "auto"): Kernel {
  const module = choice === "javascript" ? undefined : compiledModule();
  if (module === undefined && choice === "wasm-simd") throw new Error("WebAssembly with SIMD is not available here");
  const kernel = module === undefined ? scalarKernel() : wasmKernel(module);
  writeMasks(kernel.memory.words);
  return kernel;
}

/** Binds inserted values to the epoch that the proof leads to, from the next insertedLeaves on. */
export function setEpoch(kernel: Kernel, epoch: number): void {
  // u64be(epoch) follows the eight words of the value
  const { words } = kernel.memory;
  const high = swapBytes(Math.floor(epoch / 2 ** 32));
  const low = swapBytes(epoch >>> 0);
  for (let lane = 0; lane < 4; lane++) {
    words[(VALUE_MESSAGE >>> 2) + 4 * 8 + lane] = high;
    words[(VALUE_MESSAGE >>> 2) + 4 * 9 + lane] = low;
  }
}

/** Between the bytes of a label and its words. */
export function swapBytes(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

interface WasmModule {
  readonly kind: "module";
}

/** The few parts of WebAssembly used here; the type libraries of Node 20 do not have it. */
interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: object) => { readonly exports: KernelFunctions };
  Memory: new (shape: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

const INITIAL_PAGES = Math.ceil(FREE / PAGE_BYTES);
let compiled: WasmModule | undefined | "not tried" = "not tried";

function wasmApi(): WasmApi | undefined {
  return (globalThis as unknown as { WebAssembly?: WasmApi }).WebAssembly;
}

/**
 * A page's content security policy may forbid WebAssembly: that shows when compiling, and the other kernel takes over.
 */
function compiledModule(): WasmModule | undefined {
  if (compiled !== "not tried") return compiled;
  compiled = undefined;
  try {
    const api = wasmApi();
    const bytes = Uint8Array.from(atob(MODULE_BASE64), (character) => character.charCodeAt(0));
    // validate() is how one asks for SIMD: without it the module is not valid
    if (api?.validate(bytes)) compiled = new api.Module(bytes);
  } catch {
    compiled = undefined;
  }
  return compiled;
}

function wasmKernel(module: WasmModule): Kernel {
  const api = wasmApi() as WasmApi;
  const wasmMemory = new api.Memory({ initial: INITIAL_PAGES });
  const { exports } = new api.Instance(module, { kernel: { memory: wasmMemory } });
  const memory: KernelMemory = {
    ...views(wasmMemory.buffer),
    reserve(sizeBytes) {
      const missing = Math.ceil((sizeBytes - memory.bytes.length) / PAGE_BYTES);
      if (missing <= 0) return;
      wasmMemory.grow(missing);
      Object.assign(memory, views(wasmMemory.buffer));
    },
  };
  return { kind: "wasm-simd", memory, ...exports };
}

function scalarKernel(): Kernel {
  const memory: KernelMemory = {
    ...views(new ArrayBuffer(INITIAL_PAGES * PAGE_BYTES)),
    reserve(sizeBytes) {
      if (sizeBytes <= memory.bytes.length) return;
      const grown = new Uint8Array(Math.ceil(sizeBytes / PAGE_BYTES) * PAGE_BYTES);
      grown.set(memory.bytes);
      Object.assign(memory, views(grown.buffer));
    },
  };
  const scalar = new ScalarKernel(memory);
  return {
    kind: "javascript",
    memory,
    decode: scalar.decode.bind(scalar),
    leaves: scalar.leaves.bind(scalar),
    insertedLeaves: scalar.insertedLeaves.bind(scalar),
    nodes: scalar.nodes.bind(scalar),
    twins: scalar.twins.bind(scalar),
    compressions: scalar.compressions.bind(scalar),
  };
}

function views(buffer: ArrayBuffer): { bytes: Uint8Array; words: Uint32Array } {
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}

function writeMasks(words: Uint32Array): void {
  for (let bits = 0; bits <= 256; bits++) {
    for (let word = 0; word < 8; word++) {
      const set = Math.min(Math.max(bits - 32 * word, 0), 32);
      words[(MASKS >>> 2) + 8 * bits + word] = set === 0 ? 0 : 0xffffffff << (32 - set);
    }
  }
}
