import { openSql } from './open-bench-stores.mjs';
import { quantile } from './print-table.mjs';

/** Enough that the server has settled on one plan for each prepared statement, which it does after five. */
const rounds = 25;

/**
 * Runs a function of the store again and again, each time in a transaction that is rolled back, and reports the plan and time
 * that the server itself took for each statement of it (auto_explain): what runs is exactly what production runs.
 */
export async function openExplainer(databaseUrl) {
  const heard = [];
  const sql = openSql(databaseUrl, {
    onnotice: ({ message }) => {
      const at = message.indexOf('plan:');
      if (at > 0)
        heard.push({ ms: Number(/duration: ([\d.]+)/.exec(message)?.[1]), plan: JSON.parse(message.slice(at + 5)) });
    },
  });
  await sql.unsafe(`LOAD 'auto_explain'; SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on;
    SET auto_explain.log_timing = off; SET auto_explain.log_format = json; SET client_min_messages = log`);
  return {
    sql,
    /** One line: the median and worst time of the statement that took longest, and what it touched. */
    async measure(call) {
      const runs = [];
      for (let round = 0; round < rounds; round += 1) runs.push(await explainOnce(sql, heard, call));
      const settled = runs.slice(10);
      const worst = settled.reduce((a, b) => (a.ms > b.ms ? a : b));
      return {
        p50: quantile(
          settled.map((run) => run.ms),
          0.5,
        ),
        max: worst.ms,
        plan: worst.plan,
      };
    },
    close: () => sql.end(),
  };
}

async function explainOnce(sql, heard, call) {
  const undone = new Error('undone');
  await sql
    .begin(async (tx) => {
      await tx`SET LOCAL auto_explain.log_min_duration = 0`;
      heard.length = 0;
      await call(tx);
      throw undone;
    })
    .catch((error) => {
      if (error !== undone) throw error;
    });
  const plans = heard.filter(({ plan }) => !String(plan['Query Text']).startsWith('SET'));
  if (plans.length === 0) throw new Error('the server explained nothing');
  return plans.reduce((a, b) => (a.ms > b.ms ? a : b));
}

/** The indexes and whole-table scans of a plan, and its pages. */
export function sumUp({ Plan: top }) {
  const uses = new Set();
  (function visit(node) {
    if (node['Index Name']) uses.add(node['Index Name']);
    else if (node['Node Type'] === 'Seq Scan') uses.add(`SEQ ${node['Relation Name']}`);
    for (const child of node.Plans ?? []) visit(child);
  })(top);
  return { uses: [...uses].join(', '), pages: top['Shared Hit Blocks'] + top['Shared Read Blocks'] };
}
