// One module for a page out of a source file, minified. The bundler is the one that vitest brings.
import { rolldown } from "rolldown";

export async function bundle(entry) {
  const build = await rolldown({ input: entry, platform: "browser", treeshake: true, logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output[0].code;
}
