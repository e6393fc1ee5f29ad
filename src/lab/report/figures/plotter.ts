/**
 * Observable Plot on a document of linkedom. Both, and resvg for PNG, are optional packages that this report alone
 * loads: an operator who runs a node for years need not carry d3.
 */
import { CoauditError } from "../../../core/errors.ts";

/** As in optionalDependencies of package.json. */
export const VERSIONS: Readonly<Record<string, string>> = {
  "@observablehq/plot": "0.6.17",
  linkedom: "0.18.15",
  "@resvg/resvg-js": "2.6.2",
};

export type PlotLibrary = typeof import("@observablehq/plot");

export interface Plotter {
  readonly Plot: PlotLibrary;
  /** One plot as the text of an <svg> element, without styles of its own. */
  draw(options: import("@observablehq/plot").PlotOptions): string;
}

/** How every axis is labelled. */
export const CENTRED = { labelAnchor: "center", labelArrow: "none" } as const;

export async function loadPlotter(): Promise<Plotter> {
  const [Plot, { parseHTML }] = await optional(["@observablehq/plot", "linkedom"], () =>
    Promise.all([import("@observablehq/plot"), import("linkedom")]),
  );
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return {
    Plot,
    draw(options) {
      const svg = Plot.plot({ ...options, document: document as unknown as Document }) as unknown as SvgElement;
      svg.querySelector("style")?.remove();
      svg.removeAttribute("class");
      svg.setAttribute("font-size", "12");
      return svg.outerHTML;
    },
  };
}

/** What `load` gives; names the packages where one of them is not installed. */
export async function optional<T>(packages: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const names = packages.map((name) => `${name}@${VERSIONS[name]}`).join(" ");
    throw new CoauditError(
      "REPORT_PACKAGE_MISSING",
      `drawing needs packages that are not installed: npm install ${names}`,
      { packages: [...packages] },
      { cause: error },
    );
  }
}

/** The few parts of a document that are used here; the project compiles without the DOM's types. */
interface SvgElement {
  readonly outerHTML: string;
  querySelector(selector: string): { remove(): void } | null;
  removeAttribute(name: string): void;
  setAttribute(name: string, value: string): void;
}
type Document = NonNullable<import("@observablehq/plot").PlotOptions["document"]>;
