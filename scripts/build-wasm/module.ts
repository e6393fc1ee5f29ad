/**
 * The kernel's WebAssembly module, from its readable source. `npm run build:wasm` writes its bytes to
 * ../module-bytes.ts.
 */
import { moduleBytes } from "./assembler.ts";
import { compressFunction } from "./compress.ts";
import { decodeFunction, descendsFunction } from "./decode.ts";
import { compressionsFunction, insertedLeavesFunction, leavesFunction, nodesFunction, twinsFunction } from "./nodes.ts";

const COMPRESS = 0;
const DESCENDS = 1;

export function kernelModule(): Uint8Array {
  return moduleBytes({
    memory: { module: "kernel", name: "memory", pages: 1 },
    functions: [
      { builder: compressFunction() },
      { builder: descendsFunction() },
      { name: "decode", builder: decodeFunction(DESCENDS) },
      { name: "leaves", builder: leavesFunction(COMPRESS) },
      { name: "insertedLeaves", builder: insertedLeavesFunction(COMPRESS) },
      { name: "nodes", builder: nodesFunction(COMPRESS) },
      { name: "twins", builder: twinsFunction(COMPRESS) },
      { name: "compressions", builder: compressionsFunction(COMPRESS) },
    ],
  });
}
