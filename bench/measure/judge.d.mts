import type { Spread } from './statistics.d.mts';

export interface Line<Report> {
  what: string;
  contestant: string;
  measure: (report: Report) => number;
  against?: string;
  minimum?: number;
  maximum?: number;
  unit?: string;
}

export interface Judged {
  value: Spread;
  base?: Spread;
  ratio?: Spread & { rounds: number };
  met: boolean | undefined;
}

export function judgeLine<Report>(
  line: Line<Report>,
  reports: Readonly<Record<string, readonly Report[]>>,
): Judged | undefined;
