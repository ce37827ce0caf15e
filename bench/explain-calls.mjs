import { openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';

/** The server settles on one plan per prepared statement after five executions. */
const rounds = 25;

/**
 * Creates an explainer of store functions.
 * It runs a function repeatedly in transactions that are rolled back, and reads plan and time of each statement from
 * the server (auto_explain). The statements are exactly those of production.
 */
export async function openExplainer(databaseUrl) {
  const explained = [];
  const sql = openSql(databaseUrl, {
    onnotice: ({ message }) => {
      const at = message.indexOf('plan:');
      if (at > 0)
        explained.push({
          ms: Number(/duration: ([\d.]+)/.exec(message)?.[1]),
          plan: JSON.parse(message.slice(at + 5)),
        });
    },
  });
  await sql.unsafe(`LOAD 'auto_explain'; SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on;
    SET auto_explain.log_timing = off; SET auto_explain.log_format = json; SET client_min_messages = log`);
  return {
    sql,
    /** Returns the median and worst time of the slowest statement, and its plan. */
    async measure(call) {
      const runs = [];
      for (let round = 0; round < rounds; round += 1) runs.push(await explainOnce(sql, explained, call));
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

async function explainOnce(sql, explained, call) {
  const rollback = new Error('rolled back');
  await sql
    .begin(async (tx) => {
      await tx`SET LOCAL auto_explain.log_min_duration = 0`;
      explained.length = 0;
      await call(tx);
      throw rollback;
    })
    .catch((error) => {
      if (error !== rollback) throw error;
    });
  const plans = explained.filter(({ plan }) => !String(plan['Query Text']).startsWith('SET'));
  if (plans.length === 0) throw new Error('the server sent no plan');
  return plans.reduce((a, b) => (a.ms > b.ms ? a : b));
}

/** Summarizes a plan: its indexes, sequential scans and pages. */
export function summarizePlan({ Plan: top }) {
  const uses = new Set();
  (function visit(node) {
    if (node['Index Name']) uses.add(node['Index Name']);
    else if (node['Node Type'] === 'Seq Scan') uses.add(`SEQ ${node['Relation Name']}`);
    for (const child of node.Plans ?? []) visit(child);
  })(top);
  return { uses: [...uses].join(', '), pages: top['Shared Hit Blocks'] + top['Shared Read Blocks'] };
}
