export declare function bundle(entry: string, alias?: Readonly<Record<string, string>>): Promise<string>;
