/** A field of a cron expression with its values, and the names that stand for them. */
export interface Field {
  name: string;
  first: number;
  last: number;
  names?: readonly string[];
}

export const minuteField: Field = { name: 'minute', first: 0, last: 59 };
export const hourField: Field = { name: 'hour', first: 0, last: 23 };
export const dayField: Field = { name: 'day of month', first: 1, last: 31 };
export const monthField: Field = {
  name: 'month',
  first: 1,
  last: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
/** Sunday is 0 and 7. */
export const weekdayField: Field = {
  name: 'day of week',
  first: 0,
  last: 7,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

const itemPattern = /^(?:([*?])|([a-z]{3}|\d+)(?:-([a-z]{3}|\d+))?)(?:\/(\d+))?$/i;

/** Returns true for an item such as `*`, `?` or a step over all values. */
export function isStar(item: string): boolean {
  return item.startsWith('*') || item.startsWith('?');
}

/**
 * Parses one item of a field's list: a value, a range, `*`, or a step over a range or over `*`.
 * Throws a RangeError that names the field and the value as it was written.
 */
export function parseItem(field: Field, item: string): number[] {
  const [matched, star, from = '', to, step] = itemPattern.exec(item) ?? [];
  const isOneValue = star === undefined && to === undefined;
  if (matched === undefined || (isOneValue && step !== undefined))
    throw faultOf(field, item, `write ${formsOf(field)}`);
  const { first, last } = star === undefined ? rangeOf(field, from, to ?? from) : allOf(field);
  if (first > last) throw faultOf(field, item, 'write the lower value first, or two ranges');
  const by = Number(step ?? 1);
  const count = allOf(field).last - field.first + 1;
  if (by < 1 || by > count) throw faultOf(field, item, `write a step from 1 to ${count}`);
  const values: number[] = [];
  for (let value = first; value <= last; value += by) values.push(value);
  return values;
}

function allOf(field: Field): { first: number; last: number } {
  return { first: field.first, last: field === weekdayField ? 6 : field.last };
}

function rangeOf(field: Field, from: string, to: string): { first: number; last: number } {
  const [first, last] = [valueOf(field, from), valueOf(field, to)];
  const endsWithSunday = field === weekdayField && last === 0 && first > 0;
  return { first, last: endsWithSunday && /^sun$/i.test(to) ? 7 : last };
}

function valueOf(field: Field, text: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.first;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= field.first && value <= field.last) return value;
  throw faultOf(field, text, `write ${formsOf(field)}`);
}

function formsOf({ first, last, names }: Field): string {
  const named = names === undefined ? '' : `, ${names[0] ?? ''} to ${names.at(-1) ?? ''}`;
  return `${first} to ${last}${named}, a range with a hyphen, a step such as */2 or ${first}-${last}/2, or a list of these`;
}

/** Builds the error about a part of an expression; the part is shown as it was written. */
export function faultOf(field: Field, written: string, mend: string): RangeError {
  return new RangeError(`${field.name}: "${written}" is not valid; ${mend}`);
}
