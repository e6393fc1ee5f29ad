/** Slots for what takes long: limited in all and per address. */
export interface ConnectionSlotsOptions {
  readonly max: number;
  readonly maxPerAddress: number;
}

export class ConnectionSlots {
  readonly #options: ConnectionSlotsOptions;
  /** At most as many as there are places. */
  readonly #byAddress: Map<string, number> = new Map();
  #taken = 0;

  constructor(options: ConnectionSlotsOptions) {
    this.#options = options;
  }

  /** Returns a function that frees the slot, to be called once; or which of the two limits is reached. */
  take(address: string): (() => void) | "full" | "full-for-address" {
    const { max, maxPerAddress } = this.#options;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#taken >= max) return "full";
    if (ofAddress >= maxPerAddress) return "full-for-address";
    this.#taken++;
    this.#byAddress.set(address, ofAddress + 1);
    return () => this.#giveBack(address);
  }

  #giveBack(address: string): void {
    this.#taken--;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
