import { createClient } from '@turno/client';
import type { Job } from '@turno/contract';
import { reasonOf } from '../start-fault.ts';

interface Sample {
  api: string;
  key: string;
  print(line: string): void;
  signal: AbortSignal;
}

/** Takes a second or two, long enough to see it under way. */
const request = { kind: 'math.sum-of-squares', input: { n: 500_000_000 } };
const pollEveryMs = 150;

/** Sends one job the whole way over HTTP and prints what a newcomer would see. Never throws. */
export async function runSampleJob({ api, key, print, signal }: Sample): Promise<void> {
  const client = createClient({ url: api, key });
  try {
    print(`\nA sample job: POST /v1/jobs ${JSON.stringify(request)}`);
    const { id, state } = await client.submit(request.kind, request.input);
    print(`  ticket    ${id} (${state})`);
    let shown = '';
    const onChange = (job: Job) => {
      const line = progressLine(job);
      if (line !== undefined && line !== shown) print(line);
      shown = line ?? shown;
    };
    const job = await client.wait(id, { signal, pollEveryMs, onChange });
    print(`  ${job.state.padEnd(9)} ${JSON.stringify(job.error ?? job.output)}`);
    print(`\nFetch it again:\n  curl -H 'Authorization: Bearer ${key}' ${api}/v1/jobs/${id}\n`);
  } catch (error) {
    if (!signal.aborted) print(`  The sample job went wrong: ${reasonOf(error)}`);
  }
}

function progressLine({ state, progress }: Job): string | undefined {
  return state === 'running' ? `  running   ${Math.round(progress?.percent ?? 0)} %` : undefined;
}
