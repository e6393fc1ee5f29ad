/** Which page: the part of the address after #, so that the node serves one file for all of them. */

export type Route =
  | { readonly page: "now" | "signatures" | "cases" | "peers" }
  | { readonly page: "case"; readonly id: string }
  | { readonly page: "epoch"; readonly namespace: string; readonly epoch: number }
  | { readonly page: "auditor"; readonly auditor: string }
  /** Without an epoch: the newest. */
  | { readonly page: "check"; readonly namespace?: string; readonly epoch?: number }
  | { readonly page: "unknown" };

export function routeOf(hash: string): Route {
  const [page = "", first, second, ...rest] = hash
    .replace(/^#?\/?/, "")
    .split("/")
    .map(decoded);
  if (rest.length > 0) return { page: "unknown" };
  const epoch = second !== undefined && /^[1-9]\d{0,15}$/.test(second) ? Number(second) : undefined;
  if (first === undefined) {
    if (page === "") return { page: "now" };
    if (page === "signatures" || page === "cases" || page === "peers" || page === "check") return { page };
  } else if (second === undefined) {
    if (page === "cases") return { page: "case", id: first };
    if (page === "auditors") return { page: "auditor", auditor: first };
  } else if (epoch !== undefined) {
    if (page === "epochs") return { page: "epoch", namespace: first, epoch };
    if (page === "check") return { page: "check", namespace: first, epoch };
  }
  return { page: "unknown" };
}

export function hrefOf(route: Route): string {
  switch (route.page) {
    case "case":
      return `#/cases/${encodeURIComponent(route.id)}`;
    case "epoch":
      return `#/epochs/${encodeURIComponent(route.namespace)}/${route.epoch}`;
    case "auditor":
      return `#/auditors/${encodeURIComponent(route.auditor)}`;
    case "check":
      return route.namespace === undefined || route.epoch === undefined
        ? "#/check"
        : `#/check/${encodeURIComponent(route.namespace)}/${route.epoch}`;
    case "now":
    case "unknown":
      return "#/";
    default:
      return `#/${route.page}`;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
