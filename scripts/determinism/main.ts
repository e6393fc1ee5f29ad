/**
 * Compares the traces of the same worlds under this version of Node and, where npx can get one, another: each with the
 * fast drain, the reference drain and real cryptography. Exits with 1 when two traces differ.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Table from "cli-table3";
import { runWorld } from "../../src/simulator/world/run-world.ts";
import { comparedWorlds, type NamedWorld } from "./worlds.ts";

interface Account {
  readonly node: string;
  readonly worlds: readonly WorldAccount[];
}

interface WorldAccount {
  readonly name: string;
  readonly events: number;
  readonly hashes: Readonly<Record<Way, string>>;
}

const WAYS = ["fast drain", "reference drain", "real crypto"] as const;
type Way = (typeof WAYS)[number];

const HASHES_ALONE = "--hashes";
const HELP = `npm run determinism: the same worlds under two versions of Node must give the same traces. About half a minute.
The other Node is 24 under an older one, else 20; npx fetches it. Without it this Node's ways of running a world are compared alone.`;

if (process.argv.includes("--help")) console.log(HELP);
else if (process.argv.includes(HASHES_ALONE)) console.log(JSON.stringify(await account()));
else await compare();

async function compare(): Promise<void> {
  const other = await otherNode();
  if (other === undefined)
    console.error(`npx cannot get Node ${otherMajor()}: comparing only the ways of running under this version`);
  const runs = [[process.execPath], ...(other === undefined ? [] : [other])].map((command) => accountOf(command));
  const accounts = await Promise.all(runs);
  const [first] = accounts;
  if (first === undefined) return;
  const columns = accounts.flatMap(({ node, worlds }, index) =>
    WAYS.filter((_way, at) => index > 0 || at > 0).map((way) => ({ title: `${node}\n${way}`, worlds, way })),
  );
  const table = new Table({
    head: ["world", "events", `${first.node}\n${WAYS[0]}`, ...columns.map(({ title }) => title)],
    style: { head: [], border: [] },
  });
  let differences = 0;
  for (const [at, { name, events, hashes }] of first.worlds.entries()) {
    const expected = hashes[WAYS[0]];
    const cells = columns.map(({ worlds, way }) => {
      const actual = worlds[at]?.hashes[way] ?? "";
      if (actual === expected) return "same";
      differences++;
      return `DIFFERS: ${short(actual)}`;
    });
    table.push([name, events, short(expected), ...cells]);
  }
  console.log(table.toString());
  if (differences === 0) return;
  console.error(
    `${differences} traces differ. Write both (coaudit sim run --out, under each Node) and compare them with diff: the first line that differs shows what depends on the machine.`,
  );
  process.exitCode = 1;
}

async function account(): Promise<Account> {
  const worlds: WorldAccount[] = [];
  for (const world of await comparedWorlds()) worlds.push(await worldAccount(world));
  return { node: process.version, worlds };
}

async function worldAccount({ name, scenario, seed }: NamedWorld): Promise<WorldAccount> {
  const fast = await runWorld({ scenario, seed });
  const reference = await runWorld({ scenario, seed, drain: "reference" });
  const real = await runWorld({ scenario: { ...scenario, crypto: "real" }, seed });
  const hashes = {
    "fast drain": fast.traceHash,
    "reference drain": reference.traceHash,
    "real crypto": real.traceHash,
  };
  return { name, events: fast.measures.events, hashes };
}

async function accountOf([program = "", ...args]: readonly string[]): Promise<Account> {
  const { stdout } = await promisify(execFile)(program, [...args, process.argv[1] ?? "", HASHES_ALONE]);
  return JSON.parse(stdout) as Account;
}

/** The command of another version of Node, if there is one. */
async function otherNode(): Promise<readonly string[] | undefined> {
  const command = ["npx", "-y", "-p", `node@${otherMajor()}`, "node"];
  const [program = "", ...args] = command;
  try {
    const { stdout } = await promisify(execFile)(program, [...args, "--version"]);
    return stdout.startsWith(`v${otherMajor()}.`) ? command : undefined;
  } catch {
    return undefined;
  }
}

function otherMajor(): number {
  return Number(process.versions.node.split(".")[0]) < 24 ? 24 : 20;
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
