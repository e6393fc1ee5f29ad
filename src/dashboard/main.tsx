/** The dashboard: the page at "/" of a node, for whoever its operator shows it to (docs/api.md, Dashboard). */
import { render } from "preact";
import { App } from "./app.tsx";
import { LiveContext } from "./live/hooks.ts";
import { LiveNode } from "./live/live-node.ts";

const node = new LiveNode();
void node.run();
const root = document.getElementById("page");
if (root !== null) {
  render(
    <LiveContext.Provider value={node}>
      <App />
    </LiveContext.Provider>,
    root,
  );
}
