import type { OpsAnswer, OpsOptions } from '@turno/runtime';
import type { ChildAnswer, Children } from './children.ts';

interface Health {
  pid: number;
  status: string;
  checks?: object;
}

type Counts = Record<string, Record<string, number>>;

const contentType = 'application/json';

/** Makes the operations routes of the primary from the answers of all processes. */
export function aggregateOps(children: Pick<Children, 'request' | 'count' | 'stopping'>): OpsOptions['routes'] {
  return {
    // Not alive when every serving process hangs. Without a serving process they are just being started.
    '/livez': async () => {
      const answers = await children.request('/livez');
      const hangs = answers.length > 0 && answers.every(({ answer }) => answer === undefined);
      return { status: hangs ? 503 : 200, contentType, body: JSON.stringify({ status: hangs ? 'hangs' : 'alive' }) };
    },
    '/readyz': async (query) => {
      const processes = (await children.request('/readyz', 'verbose')).map(healthOf);
      const status = statusOf(processes, children);
      return {
        status: status === 'ready' || status === 'degraded' ? 200 : 503,
        contentType,
        body: JSON.stringify(query.has('verbose') ? { status, processes } : { status }),
      };
    },
    '/caches': async () => sumUp(await children.request('/caches')),
  };
}

/**
 * Computes the status of all processes.
 * One ready process is enough for `degraded`, since it accepts all connections.
 */
function statusOf(processes: readonly Health[], { count, stopping }: Pick<Children, 'count' | 'stopping'>): string {
  const has = (status: string) => processes.some((health) => health.status === status);
  if (stopping) return 'draining';
  if (processes.length === count && processes.every(({ status }) => status === 'ready')) return 'ready';
  if (has('ready') || has('degraded')) return 'degraded';
  return has('draining') && !has('unavailable') ? 'draining' : 'unavailable';
}

function healthOf({ pid, answer }: ChildAnswer): Health {
  if (answer === undefined) return { pid, status: 'silent' };
  return { pid, ...(JSON.parse(answer.body) as Omit<Health, 'pid'>) };
}

function sumUp(answers: readonly ChildAnswer[]): OpsAnswer {
  const sums: Counts = {};
  for (const { answer } of answers) {
    for (const [cache, counts] of Object.entries(JSON.parse(answer?.body ?? '{}') as Counts)) {
      const sum = (sums[cache] ??= {});
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
    }
  }
  return { status: 200, contentType, body: JSON.stringify(sums) };
}
