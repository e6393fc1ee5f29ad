/** What a report is made of: a page, and the figures in it. */

export interface ReportOptions {
  /** Called now and then with what has been read. */
  readonly onProgress?: (done: string) => void;
}

/** A picture for papers. `svg` stands alone; `html` is the same for a page, coloured by its style sheet. */
export interface Figure {
  /** Of its file, without an ending. */
  readonly name: string;
  readonly caption: string;
  /** What made the numbers. */
  readonly command: string;
  readonly svg: string;
  readonly html: string;
}

export interface Report {
  readonly html: string;
  readonly figures: readonly Figure[];
}
