/** What an examination found, and what to do about it. */
export type Finding =
  | { readonly check: string; readonly result: "ok"; readonly message: string }
  /** Could not be looked at, or is a matter of taste. */
  | { readonly check: string; readonly result: "note"; readonly message: string }
  | { readonly check: string; readonly result: "warning" | "failure"; readonly message: string; readonly fix: string };

export function ok(check: string, message: string): Finding {
  return { check, result: "ok", message };
}

export function note(check: string, message: string): Finding {
  return { check, result: "note", message };
}

export function warning(check: string, message: string, fix: string): Finding {
  return { check, result: "warning", message, fix };
}

export function failure(check: string, message: string, fix: string): Finding {
  return { check, result: "failure", message, fix };
}
