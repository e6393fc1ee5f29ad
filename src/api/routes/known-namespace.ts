/** Namespaces that a path may name. */
import { CoauditError } from "../../core/errors.ts";
import type { NamespaceStatus, NodeView } from "../../node/view.ts";

/** Throws NAMESPACE_UNKNOWN. */
export function knownNamespace(namespace: string, node: NodeView): string {
  if (node.namespaces.includes(namespace)) return namespace;
  const list = node.namespaces.join(", ") || "none";
  throw new CoauditError("NAMESPACE_UNKNOWN", `this node does not audit ${namespace}; it audits: ${list}`, {
    namespace,
  });
}

/** Throws NAMESPACE_UNKNOWN. */
export function namespaceStatus(namespace: string, node: NodeView): NamespaceStatus {
  const status = node.status().namespaces.find((entry) => entry.namespace === knownNamespace(namespace, node));
  if (status !== undefined) return status;
  throw new CoauditError("NAMESPACE_UNKNOWN", `${namespace} is not audited yet; try later`, { namespace });
}
