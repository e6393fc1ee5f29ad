/** A scenario as it was written, and what errors call it. */
export interface ScenarioText {
  readonly text: string;
  readonly file: string;
}
