/** What `coaudit audit-range` does unless told otherwise; its help says so, and its action does it. */
export const DEFAULT_JOBS = 2;
/** Some minutes of work where proofs are large: what is lost when a worker dies. */
export const DEFAULT_CHUNK = 64;
/** As many as the node's fact-fetches. */
export const DEFAULT_LOOKS = 3;
