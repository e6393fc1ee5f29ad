export function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string;
