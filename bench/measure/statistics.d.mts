export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface Timetable {
  count: number;
  isOver(): boolean;
  takeDue(elapsedMs: number): number[];
}

export function quantile(numbers: readonly number[], share: number): number;
export function median(numbers: readonly number[]): number;
export function spreadOf<Report>(reports: readonly Report[], measure: (report: Report) => number): Spread;
export function ratioOf<Report>(
  reports: readonly Report[],
  base: readonly Report[],
  measure: (report: Report) => number,
): Spread & { rounds: number };
export function createTimetable(load: { perSecond: number; seconds: number }): Timetable;
export function summarizeLatencies(times: readonly number[]): { p50: number; p95: number; p99: number; worst: number };
