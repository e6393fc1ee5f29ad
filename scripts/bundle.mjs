// Bundles a source file into one minified module for a page, with the bundler that vitest brings along.
import { rolldown } from "rolldown";

// `alias`: package names, and the files to use in their place.
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
