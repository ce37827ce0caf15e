import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** A node of a plan, as auto_explain writes it in JSON. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  'TID Cond'?: string;
  Plans?: PlanNode[];
}

export interface Explained {
  sql: Sql;
  /** Runs `call` on this connection and returns the plans of its statements, each as the list of its nodes. */
  plansOf(call: () => Promise<unknown>): Promise<PlanNode[][]>;
}

/** Opens one connection that sends the plan of each statement beside its rows. `settings` is SQL that it runs first. */
export async function openExplained(databaseUrl: string, settings = ''): Promise<Explained> {
  let plans: PlanNode[][] = [];
  const collectPlan = ({ message = '' }: { message?: string }) => {
    const at = message.indexOf('plan:');
    if (at > 0) plans.push(nodesOf((JSON.parse(message.slice(at + 5)) as { Plan: PlanNode }).Plan));
  };
  const sql = postgres(databaseUrl, { max: 1, onnotice: collectPlan });
  drizzle(sql);
  await sql.unsafe(`${settings}; LOAD 'auto_explain'; SET auto_explain.log_format = json;
    SET client_min_messages = log; SET auto_explain.log_min_duration = 0`);
  return {
    sql,
    async plansOf(call) {
      plans = [];
      await call();
      return plans;
    },
  };
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
