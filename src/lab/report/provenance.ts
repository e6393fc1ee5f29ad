/** How to get the same result again. */
import { VERSION } from "../../version.ts";
import { commandText } from "./command-text.ts";
import { copyable, escapeText, type Html } from "./html.ts";
import type { RunSummary, SweepSummary } from "./summary.ts";

export function provenance(
  summary: RunSummary | SweepSummary,
  more: readonly (readonly [string, string])[],
  id = "",
): Html {
  const rows: (readonly [string, string])[] = [
    ["seed", String(summary.seed)],
    ["coaudit", `${summary.coaudit}${summary.commit === null ? "" : `, commit ${summary.commit}`}`],
    ["Node.js", summary.node],
    ["scenario", `SHA-256 ${summary.scenarioHash}`],
    ...more,
    ["report", `made by coaudit ${VERSION}`],
  ];
  const list = rows
    .map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd><code>${escapeText(value)}</code></dd></div>`)
    .join("");
  const scenario = JSON.stringify(summary.scenario, null, 2);
  const sources = Object.entries(summary.scenario.sources ?? {});
  const from =
    sources.length === 0
      ? ""
      : `<p>Where parameters come from:</p><ul>${sources.map(([path, source]) => `<li><code>${escapeText(path)}</code>: ${escapeText(source)}</li>`).join("")}</ul>`;
  return `<section class="provenance"><h2>How to get the same again</h2>
${copyable(`command${id}`, "The exact command", commandText(summary.command))}
<dl>${list}</dl>
<details><summary>The scenario, with every default filled in</summary>${from}${copyable(`scenario${id}`, "JSON", scenario)}</details>
</section>`;
}
