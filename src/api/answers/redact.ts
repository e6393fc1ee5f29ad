/** What strangers do not get: messages for the operator, which may name folders, addresses and people. Codes stay. */
import type { CaseView, NodeStatus, Readiness } from "../../node/view.ts";

type Behind = NonNullable<NodeStatus["namespaces"][number]["behind"]>;
type RosterPeer = NodeStatus["peers"]["roster"][number];
type Namespace = Omit<NodeStatus["namespaces"][number], "behind"> & {
  readonly behind?: Omit<Behind, "message"> & { readonly message?: string };
};

/** A node's status as it goes over the wire: a stranger's has no messages. */
export interface SentStatus extends Omit<NodeStatus, "namespaces" | "peers"> {
  readonly namespaces: readonly Namespace[];
  readonly peers: { readonly connected: number; readonly roster: readonly RosterPeer[] };
}

export interface SentCase extends Omit<CaseView, "acknowledged"> {
  readonly acknowledged?: { readonly note?: string; readonly atMs: number };
}

export function strangersStatus(status: NodeStatus): SentStatus {
  return {
    ...status,
    namespaces: status.namespaces.map(({ behind, ...namespace }) => {
      if (behind === undefined) return namespace;
      const { message: _message, ...shown } = behind;
      return { ...namespace, behind: shown };
    }),
    peers: {
      connected: status.peers.connected,
      roster: status.peers.roster.map(({ auditor, connected }) => ({ auditor, connected })),
    },
  };
}

/** Reasons quote folders, warnings the namespaces' messages; a stranger gets a word and the code instead. */
export function strangersReadiness({ ready, reasons, warnings }: Readiness, status: NodeStatus): Readiness {
  const shown = warnings.map((warning) =>
    status.namespaces.reduce(
      (text, { behind }) => (behind?.message ? text.replaceAll(behind.message, behind.code) : text),
      warning,
    ),
  );
  return { ready, reasons: reasons.map((reason) => reason.replace(/:.*/s, "")), warnings: shown };
}

/** That a case was acknowledged is public; the operator's note is not. */
export function strangersCase({ acknowledged, ...view }: CaseView): SentCase {
  return { ...view, ...(acknowledged === undefined ? {} : { acknowledged: { atMs: acknowledged.atMs } }) };
}
