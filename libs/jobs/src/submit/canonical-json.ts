/**
 * JSON in the one form that RFC 8785 gives each value: names in the order of their UTF-16 units, no
 * spaces, numbers and strings as ECMAScript writes them. Undefined fields are left out. `value` must be what JSON can
 * hold.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1)); // by UTF-16 units, as the RFC wants it
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
