/** A picture as PNG, three pixels for each of its own. */
import { CoauditError } from "../../../core/errors.ts";
import { optional } from "./plotter.ts";

const SCALE = 3;
const PROBE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="2" y="15" font-family="sans-serif">A</text></svg>';

export async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await optional(["@resvg/resvg-js"], () => import("@resvg/resvg-js"));
  const font = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };
  // Without any font, resvg draws pictures without text and reports no error.
  if (new Resvg(PROBE, { font }).getBBox() === undefined) {
    throw new CoauditError(
      "REPORT_FONT_MISSING",
      "this machine has no font for text in a PNG: install one, on Debian fonts-dejavu-core",
      {},
    );
  }
  return new Resvg(svg, { font, background: "#ffffff", fitTo: { mode: "zoom", value: SCALE } }).render().asPng();
}
