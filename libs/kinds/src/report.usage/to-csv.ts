import type { UsageRow } from '../context.ts';

const columns = {
  day: (row: UsageRow) => row.day,
  kind: (row: UsageRow) => row.kind,
  submitted: (row: UsageRow) => row.submitted,
  completed: (row: UsageRow) => row.completed,
  failed: (row: UsageRow) => row.failed,
  cancelled: (row: UsageRow) => row.cancelled,
  wait_p50_ms: (row: UsageRow) => rounded(row.waitP50Ms),
  wait_p95_ms: (row: UsageRow) => rounded(row.waitP95Ms),
  run_p50_ms: (row: UsageRow) => rounded(row.runP50Ms),
  run_p95_ms: (row: UsageRow) => rounded(row.runP95Ms),
};

/** Formats rows as CSV (RFC 4180). Every line ends with CRLF, the last one too; fields are quoted only where needed. */
export function toCsv(rows: readonly UsageRow[]): string {
  const lines = rows.map((row) => Object.values(columns).map((column) => quoted(String(column(row)))));
  return [Object.keys(columns), ...lines].map((fields) => `${fields.join(',')}\r\n`).join('');
}

/** Quotes a field when it needs quotes. A quote within the field is doubled. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function rounded(ms: number | null): number | '' {
  return ms === null ? '' : Math.round(ms * 10) / 10;
}
