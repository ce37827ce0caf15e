/**
 * Renders a list as the text of a Postgres array. unnest() flattens arrays of arrays, so a list per row is passed as
 * text.
 */
export function toArrayLiteral(values: readonly string[]): string {
  if (values.length === 0) return '{}';
  return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}
