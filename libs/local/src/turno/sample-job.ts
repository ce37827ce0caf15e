import { createClient } from '@turno/client';
import type { Job } from '@turno/contract';
import { reasonOf } from '../start-error.ts';

interface SampleOptions {
  api: string;
  key: string;
  /** The folder of the logs, which a failure names. */
  logs: string;
  print(line: string): void;
  signal: AbortSignal;
}

/** Takes a second or two, long enough for its progress to be seen. */
const request = { kind: 'math.sum-of-squares', input: { n: 500_000_000 } };
const pollEveryMs = 150;

/** Submits one job over HTTP and prints each step of its life for a new user. Never throws. */
export async function runSampleJob({ api, key, logs, print, signal }: SampleOptions): Promise<void> {
  const client = createClient({ url: api, key });
  try {
    print(`\nSample job: POST /v1/jobs ${JSON.stringify(request)}`);
    const { id, state } = await client.submit(request.kind, request.input);
    print(`  job id    ${id} (${state})`);
    let printed = '';
    const onChange = (job: Job) => {
      const line = progressLine(job);
      if (line !== undefined && line !== printed) print(line);
      printed = line ?? printed;
    };
    const job = await client.wait(id, { signal, pollEveryMs, onChange });
    print(`  ${job.state.padEnd(9)} ${JSON.stringify(job.error ?? job.output)}`);
    if (job.state === 'failed') print(`  ${mendIn(logs)}`);
    print(`\nRead the job again:\n  curl -H 'Authorization: Bearer ${key}' ${api}/v1/jobs/${id}\n`);
  } catch (error) {
    if (!signal.aborted) print(`  The sample job could not be followed (${reasonOf(error)}): ${mendIn(logs)}`);
  }
}

function progressLine({ state, progress }: Job): string | undefined {
  return state === 'running' ? `  running   ${Math.round(progress?.percent ?? 0)} %` : undefined;
}

function mendIn(logs: string): string {
  return `the reason is in api.log or worker.log in ${logs}; the job stays, and POST /v1/jobs takes others.`;
}
