import { formatClient, formatMet, formatNumber, formatRatio, formatSpread, formatTarget } from './format.mjs';
import { renderChart } from './render-chart.mjs';
import { html } from './escape.mjs';
import { style } from './page-style.mjs';

/** Renders the report as one page that loads nothing: styles and charts are part of it. */
export function renderPage({ machine, rounds, quick, seconds, scenarios }) {
  const { startedAt, processor, memoryGb, node, postgres, redis, commit, loadBefore } = machine;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Turno beside its peers</title>
<style>${style}</style>
<header>
<h1>Turno beside its peers</h1>
<p>${html(startedAt.slice(0, 16).replace('T', ' '))} UTC, commit ${html(commit)}, ${rounds} interleaved rounds${quick ? ' (quick)' : ''},
${formatNumber(seconds / 60)} minutes. One Postgres and one Redis for all contestants.</p>
<p>${html(processor)}, ${memoryGb} GB, load ${loadBefore.toFixed(1)} before; Node ${html(node)},
Postgres ${html(postgres)}, Redis ${html(redis)}.</p>
</header>
<main>
<section>
<h2>Targets</h2>
${renderTargets(scenarios)}
<p class="note">Values are medians of the rounds, with the lowest and the highest. A ratio compares the same round and is
the median of all rounds.</p>
</section>
${scenarios.map(renderScenario).join('\n')}
</main>
</html>
`;
}

function renderTargets(scenarios) {
  const rows = scenarios.flatMap(({ title, lines }) => lines.map((line) => targetRow(title, line)));
  return `<div class="wide"><table>
<thead><tr><th>Scenario<th>Turno<th>Against<th>Ratio<th>Target<th>Met</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function targetRow(title, line) {
  const against = line.against === undefined ? '' : `${line.against}: ${formatSpread(line.base, line.unit)}`;
  const cells = [formatSpread(line.value, line.unit), against, formatRatio(line), formatTarget(line)];
  const verdict = formatMet(line);
  const name = verdict === 'yes' ? 'met' : verdict === 'NO' ? 'missed' : '';
  return `<tr><th scope="row">${html(title)}<small>${html(line.what)}</small>${cells
    .map((cell) => `<td>${html(cell)}`)
    .join('')}<td class="${name}">${verdict}</tr>`;
}

function renderScenario({ title, note, unit, lessIsBetter, contestants, leftOut }) {
  const body = leftOut === undefined ? renderChart({ title, unit, contestants }) : `<p>${html(leftOut)}</p>`;
  const better = lessIsBetter ? 'less is better' : 'more is better';
  return `<section>
<h2>${html(title)}</h2>
<p class="note">${html(unit ?? '')}, ${better}. The thin line reaches from the lowest to the highest round.
${contestants.map(describeContestant).join('; ')}.
${html(note ?? '')}</p>
${body}
</section>`;
}

function describeContestant({ name, durable, client }) {
  const busy = client === undefined ? '' : `, client busy ${formatClient(client)}`;
  return `${html(name)}: ${durable ? 'durable' : '<b>not durable</b>'}${busy}`;
}
