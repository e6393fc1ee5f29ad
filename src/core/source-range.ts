/**
 * What one host can come from, for limits by source: an IPv4 address, or the /64 of an IPv6 one, of which a host has
 * all. An IPv4 address that came in over IPv6 is the IPv4 address.
 */
export function sourceRange(host: string): string {
  const address = plainHost(host);
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...(tail ?? "").split(":")].slice(0, 4).join(":");
}

/** An IPv4 address that came in over IPv6 is the IPv4 address. */
export function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=[\d.]+$)/i, "");
}
