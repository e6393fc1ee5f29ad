// One module for a page out of a source file, minified. The bundler is the one that vitest brings.
import { rolldown } from "rolldown";

// `alias`: files to take for the names of packages.
export async function bundle(entry, alias = {}) {
  const build = await rolldown({
    input: entry,
    platform: "browser",
    treeshake: true,
    logLevel: "silent",
    resolve: { alias },
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output[0].code;
}
