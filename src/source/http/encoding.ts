/** What of a declared Content-Encoding is none of "nothing" and "identity", both of which S3 stores and replays. */
export function encodingOf(headers: { readonly "content-encoding"?: string }): string | undefined {
  const codings = (headers["content-encoding"] ?? "").split(",").map((coding) => coding.trim().toLowerCase());
  const declared = codings.filter((coding) => coding !== "" && coding !== "identity");
  return declared.length === 0 ? undefined : declared.join(", ");
}
