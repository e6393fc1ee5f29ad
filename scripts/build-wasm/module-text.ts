/** The file that carries the module: base64 in lines of 120 characters. */
export function moduleText(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const lines = base64.match(/.{1,120}/g) ?? [];
  return [
    "/** Written by `npm run build:wasm` from source/; not to be edited. */",
    "// biome-ignore-all format: one string, as written",
    "export const MODULE_BASE64: string = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}
