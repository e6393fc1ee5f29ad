/**
 * One HTML file that needs no network: styles and scripts are in it, and its policy allows only these, by their hashes.
 * What comes from other people's files passes through `escapeText` or `dataScript`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { escapeText } from "./page/escape.js";
import { table } from "./page/table.js";

export { escapeText, table };

/** HTML that is safe as it is. */
export type Html = string;

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** JSON by the id of its element. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Files of page/, each after those that it imports. */
  readonly scripts: readonly string[];
}

export async function renderPage({ title, body, data, scripts }: Page): Promise<Html> {
  const style = await readFile(asset("report.css"), "utf8");
  const script = await pageScript(scripts);
  const policy = [
    "default-src 'none'",
    `style-src '${sourceHash(style)}'`,
    `script-src '${sourceHash(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const json = Object.entries(data).map(([id, value]) => dataScript(id, value));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${json.join("\n")}
<script type="module">${script}</script>
</body>
</html>
`;
}

/** Text that a button copies (page/copy.js). */
export function copyable(id: string, label: string, text: string): Html {
  const rows = Math.min(16, text.split("\n").length + 1);
  return `<div class="copyable"><label for="${id}">${escapeText(label)}</label><button type="button" data-copies="${id}">Copy</button><textarea id="${id}" rows="${rows}" readonly spellcheck="false">${escapeText(text)}</textarea></div>`;
}

/** No browser runs it; without a "<" nothing in it can end the element. */
function dataScript(id: string, value: unknown): Html {
  return `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;
}

/**
 * The modules in a row, each in a function of its own that returns its exports; what it imports is an export of one
 * before it, by the same name. A bundler would be one package more for a hundred lines that import nothing else.
 */
async function pageScript(names: readonly string[]): Promise<string> {
  const modules = await Promise.all(names.map(async (name) => asFunction(await readFile(asset(name), "utf8"))));
  return modules.join("\n").replaceAll("</script", "<\\/script");
}

function asFunction(text: string): string {
  const exported = [...text.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name).join(", ");
  const code = text.replace(/^import .*\n/gm, "").replace(/^export /gm, "");
  return exported === ""
    ? `(() => {\n${code}})();`
    : `const { ${exported} } = (() => {\n${code}return { ${exported} };\n})();`;
}

function asset(name: string): URL {
  return new URL(`./page/${name}`, import.meta.url);
}

function sourceHash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
