export function durationText(us: number): string;
export function timeTicks(fromUs: number, toUs: number, count: number): { atUs: number; text: string }[];
export function clockText(us: number): string;
