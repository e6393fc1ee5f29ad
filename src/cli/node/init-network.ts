/** What `coaudit init` says of a network, on the screen and in the configuration. */

import type { NamespaceDraft } from "../../node/config/init-texts.ts";
import { dailyGb, type Network } from "../../node/config/networks.ts";
import { printable } from "../text.ts";

/** As it goes into coaudit.yaml. */
export function namespaceOf(network: Network): NamespaceDraft {
  const { title, namespace, origin, configuration, source } = network;
  const last = network["last-epoch"];
  return {
    namespace,
    origin,
    configuration,
    source,
    ...(last === undefined ? {} : { lastEpoch: last }),
    comments: [
      `${printable(title)}: ${sizeText(network)}`,
      `its oldest epoch was ${network["first-epoch"]}; without a root the audit begins at the newest epoch at first sight`,
      ...network.facts.map(factText),
    ],
  };
}

/** The facts with their sources, and what to check before they are trusted. */
export function networkText(network: Network): string {
  const { title, namespace, origin, source, facts, check } = network;
  return [
    `Network ${printable(network.name)}: ${printable(title)}`,
    `  namespace  ${namespace}`,
    `  origin     ${origin}`,
    `  bucket     ${printable(source)}`,
    `  epochs     from ${network["first-epoch"]}${network["last-epoch"] === undefined ? "" : ` to ${network["last-epoch"]}`}`,
    `  size       ${sizeText(network)}`,
    ...(facts.length === 0 ? [] : ["Known, and not checked by coaudit:"]),
    ...facts.map((fact) => `  - ${factText(fact)}`),
    ...(check.length === 0 ? [] : ["Check before you trust it:"]),
    ...check.map((line) => `  - ${printable(line)}`),
  ].join("\n");
}

function factText({ says, from, known }: Network["facts"][number]): string {
  return `${printable(says)} (${printable(from)}; known on ${known})`;
}

function sizeText(network: Network): string {
  const each = `an epoch in ${network["epoch-seconds"]} s, ${network["proof-mb"]} MB each`;
  if (network.state === "ended") return `${each}; it has ended, nothing new comes`;
  const daily = dailyGb(network);
  return `${each}, ${daily < 1 ? daily.toPrecision(2) : Math.round(daily)} GB a day`;
}
