/** Of a package that is installed. */
export interface Installed {
  readonly name: string;
  /** In blocks of a disk. */
  readonly bytes: number;
  readonly isLoaded: boolean;
}
export function installed(): Installed[];
export function loadedBeside(rows: readonly Installed[]): string[];
