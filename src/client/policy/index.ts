/** `coaudit/client/policy`: which auditors an app trusts, renewed without a new app. Nothing here needs Node. */
export type { PolicyBundle } from "../../core/policy-bundle.ts";
export { type RenewalModules, type RenewalOptions, type RenewedPolicy, renewPolicy } from "./renew-policy.ts";
