import type { Handler } from '../define-kind.ts';
import type { kind } from './kind.ts';
import { rangeOf } from './range.ts';
import { toCsv } from './to-csv.ts';

export const run: Handler<typeof kind> = async (input, ctx) => {
  const { from, to } = rangeOf(input);
  const rows = await ctx.usage({ from: new Date(from), to: new Date(to) });
  return {
    csv: toCsv(rows),
    rows: rows.length,
    submitted: rows.reduce((sum, row) => sum + row.submitted, 0),
    failed: rows.reduce((sum, row) => sum + row.failed, 0),
  };
};
