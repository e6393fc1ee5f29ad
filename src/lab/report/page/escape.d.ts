export function escapeText(text: string): string;
