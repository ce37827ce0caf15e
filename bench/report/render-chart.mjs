import { html } from './escape.mjs';
import { formatSpread } from './format.mjs';

const width = 1_000;
const labelWidth = 230;
const valueWidth = 250;
const rowHeight = 30;
const barHeight = 18;

/**
 * Renders a bar per contestant with the spread of its rounds.
 * Colours: Turno, durable contestants, contestants that are not durable. Each bar has its value as text.
 */
export function renderChart({ title, unit, contestants }) {
  const most = Math.max(...contestants.map(({ figure }) => figure.high), Number.MIN_VALUE);
  const scale = (value) => ((width - labelWidth - valueWidth) * Math.max(0, value)) / most;
  const rows = contestants.map((contestant, row) => renderRow(contestant, { row, scale, unit }));
  return `<svg viewBox="0 0 ${width} ${rowHeight * contestants.length}" role="img" aria-label="${html(title)}">
${rows.join('\n')}
</svg>`;
}

function renderRow({ name, own, durable, figure }, { row, scale, unit }) {
  const y = row * rowHeight + (rowHeight - barHeight) / 2;
  const middle = y + barHeight / 2;
  const [low, median, high] = [figure.low, figure.median, figure.high].map((value) => labelWidth + scale(value));
  const colour = own ? 'turno' : durable ? 'durable' : 'lost';
  const end = (value) => `M${at(value)} ${y + 4}v${barHeight - 8}`;
  const spread = `<path class="spread" d="M${at(low)} ${middle}H${at(high)}${end(low)}${end(high)}"/>`;
  return [
    `<text x="0" y="${middle + 5}">${html(name)}</text>`,
    `<rect class="${colour}" x="${labelWidth}" y="${y}" width="${at(Math.max(1, median - labelWidth))}" height="${barHeight}" rx="2"/>`,
    figure.low === figure.high ? '' : spread,
    `<text class="value" x="${at(Math.max(median, high) + 10)}" y="${middle + 5}">${html(formatSpread(figure, unit))}</text>`,
  ].join('');
}

const at = (value) => value.toFixed(1);
