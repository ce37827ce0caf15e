/** Formats a number with three significant digits, and thousands apart. */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Formats the median of the rounds with the lowest and the highest round. */
export function formatSpread({ median, low, high }, unit = '') {
  const range = low === high ? '' : ` (${formatNumber(low)} to ${formatNumber(high)})`;
  return `${formatNumber(median)}${unit.startsWith('/') ? unit : unit && ` ${unit}`}${range}`;
}

/** Formats what is judged: a ratio of the same rounds, or nothing for a value that is judged itself. */
export function formatRatio({ ratio }) {
  return ratio === undefined ? '' : formatSpread(ratio, '×');
}

export function formatTarget({ target: { minimum, maximum }, ratio, unit }) {
  if (minimum === undefined && maximum === undefined) return '';
  const suffix = ratio === undefined ? ` ${unit}` : ' ×';
  return minimum === undefined ? `≤ ${maximum}${suffix}` : `≥ ${minimum}${suffix}`;
}

export function formatMet({ met }) {
  return met === undefined ? '' : met ? 'yes' : 'NO';
}

export function formatDurable(durable) {
  return durable ? 'yes' : 'no';
}

/** Formats the client's share of a processor. Near 100 % the client was measured, not the server. */
export function formatClient(client) {
  return client === undefined ? '' : `${Math.round(100 * client.median)} %`;
}
