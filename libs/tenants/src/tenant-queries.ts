import { Problem } from '@turno/contract';
import { isStatementTimeout, openPostgres, type PostgresOptions, type Postgres } from '@turno/postgres';
import { withTimeout } from '@turno/runtime';
import { createTenantSlots, type TenantSlotsOptions } from './tenant-slots.ts';

/**
 * Runs the statements whose cost a tenant decides: lists, searches, counts and reports.
 * They have connections of their own, so that none of them delays a submit, a lease or another tenant's request.
 */
export interface TenantQueries {
  /**
   * Runs `work` when a slot is free.
   * Throws `too-many-queries`, `queries-busy`, or `query-timeout` after the timeout; Postgres cancels the statement.
   * `timeoutMs` is shorter for a caller that must answer sooner.
   */
  run<T>(tenantId: string, work: (sql: Postgres['sql']) => Promise<T>, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

export interface TenantQueryConstants extends Pick<TenantSlotsOptions, 'waitingPerTenantMax' | 'waitMs'> {
  /** Of one statement on the server, and of one call. */
  timeoutMs: number;
}

/** The tenant of statements that count for all tenants together. */
export const allTenants = '';

const connectionsMax = 2;

/**
 * Divides the connections of a process, DATABASE_POOL_MAX.
 * A quarter, at most two, serve tenant queries; each part has at least one.
 */
export function divideConnections(poolMax: number): { main: number; queries: number } {
  const queries = Math.max(1, Math.min(connectionsMax, Math.floor(poolMax / 4)));
  return { main: Math.max(1, poolMax - queries), queries };
}

/**
 * Opens the connections for tenant queries; `poolMax` is their number.
 * One tenant gets at most half of them. A slot stays taken until Postgres has ended the statement, also after the
 * caller got its timeout.
 */
export function openTenantQueries(
  options: Omit<PostgresOptions, 'statementTimeoutMs'>,
  { timeoutMs: statementTimeoutMs, ...waits }: TenantQueryConstants,
): TenantQueries {
  const { poolMax } = options;
  const { sql, close } = openPostgres({ ...options, statementTimeoutMs });
  const slots = createTenantSlots({ ...waits, slotsMax: poolMax, perTenantMax: Math.max(1, Math.floor(poolMax / 2)) });
  return {
    async run(tenantId, work, timeoutMs = statementTimeoutMs) {
      const release = await slots.take(tenantId);
      const working = work(sql).finally(release);
      try {
        return await withTimeout(timeoutMs, working, () => {
          throw tooSlow(timeoutMs);
        });
      } catch (error) {
        throw isStatementTimeout(error) ? tooSlow(statementTimeoutMs) : error;
      }
    },
    close,
  };
}

function tooSlow(timeoutMs: number): Problem {
  const detail = `Postgres needed more than ${timeoutMs / 1_000} s and stopped. Narrow the filter or shorten the range.`;
  return new Problem('query-timeout', { detail, retryAfterSeconds: 5 });
}
