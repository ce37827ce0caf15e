import { type Postgres, readTenantJobs } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { createRequestMeter } from '@turno/tenants';
import type { Authenticate } from '../authenticate.ts';
import type { AccountDeps } from '../routes/account.ts';

export interface Account {
  /** Lets in whose key is valid and whose requests of the month are not used up, and counts the request. */
  authenticate: Authenticate;
  account: AccountDeps;
}

interface AccountParts {
  keysMax: number;
  postgres: Pick<Postgres, 'sql'>;
  /** Lets in whose key is valid and whose bucket has a token. */
  identify: Authenticate;
}

const jobCountsMs = 1_000;

/** What knows keys, plans and what was used of them. */
export function openAccount({ postgres: { sql }, ...parts }: AccountParts, { closers, log }: ProcessLife): Account {
  const meter = createRequestMeter({ sql, log });
  closers.add('request meter', () => meter.close());
  const authenticate: Authenticate = async (req) => {
    const caller = await parts.identify(req);
    meter.count(caller);
    return caller;
  };
  return { authenticate, account: { sql, ...parts, meter, jobsOf: shareCounts(sql) } };
}

/** One count of all tenants' jobs a second, and only when somebody asks. */
function shareCounts(sql: Postgres['sql']): AccountDeps['jobsOf'] {
  let counts: ReturnType<typeof readTenantJobs> | undefined;
  return async (tenantId) => {
    if (counts === undefined) {
      counts = readTenantJobs(sql);
      const forget = () => void (counts = undefined);
      counts.then(() => setTimeout(forget, jobCountsMs).unref(), forget);
    }
    return (await counts).get(tenantId) ?? { waiting: 0, running: 0 };
  };
}
