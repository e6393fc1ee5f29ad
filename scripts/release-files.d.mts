export function writeReleaseFiles(folder: string): string[];
