/** One question to the node that this page comes from. */

export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Undefined for what does not exist there. Throws RefusedError, and a TypeError while the node is out of reach. */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer | undefined> {
  const response = await fetch(path, signal === undefined ? {} : { signal });
  if (response.ok) return (await response.json()) as Answer;
  if (response.status === 404) return undefined;
  throw await refusal(response);
}

/** A problem says in a sentence what was wrong. */
export async function refusal(response: Response): Promise<RefusedError> {
  const problem = (await response.json().catch(() => ({}))) as { readonly detail?: unknown };
  const detail = typeof problem.detail === "string" ? problem.detail : response.statusText;
  return new RefusedError(response.status, detail);
}

export function headsPath(namespace: string, epoch: number): string {
  return `/v1/namespaces/${encodeURIComponent(namespace)}/heads/${epoch}`;
}

export function quorumPath(namespace: string, epoch: number | "latest"): string {
  return `/v1/namespaces/${encodeURIComponent(namespace)}/quorum?epoch=${epoch}`;
}

export function proofPath(namespace: string, epoch: number): string {
  return `/v1/namespaces/${encodeURIComponent(namespace)}/epochs/${epoch}/proof`;
}
