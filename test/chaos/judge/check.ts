/** One rule of the judge. */
export interface Check {
  invariant: string;
  what: string;
  /** Answers with the `id` of every job that breaks it. */
  query: string;
}
