// Submits a job, waits for its end and reads its output, with the types of the OpenAPI document and plain fetch. Beside
// `npm start`, in this folder:
//   npx openapi-typescript http://127.0.0.1:3000/openapi.json --default-non-nullable false -o schema.d.ts
//   npx tsc && node dist/session.js http://127.0.0.1:3000 $(cat ../../.turno/key)
import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

/** A failure with a mend for the reader. */
class Failure extends Error {}

async function main([baseUrl, key]: string[]): Promise<void> {
  if (baseUrl === undefined || key === undefined) {
    throw new Failure('Usage: node dist/session.js <address of the API> <key>');
  }
  const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

  const kind = 'math.sum-of-squares' as const;
  const body = { kind, input: { n: 1_000 }, options: { tags: ['typed'] } };
  const submitted = await client.POST('/v1/jobs', { body }).catch((error: unknown) => {
    throw new Failure(
      `${baseUrl} does not answer (${String(error)}): run npm start, and give the address that it prints.`,
    );
  });
  if (submitted.response.status === 401) {
    throw new Failure('The key is not valid: give the one in .turno/key, or a key that you have made.');
  }
  if (submitted.data === undefined) throw new Failure(`The job was refused: ${submitted.error.title}`);

  const params = { path: { jobId: submitted.data.id }, header: { Prefer: 'wait=30' } };
  const finished = await client.GET('/v1/jobs/{jobId}', { params });
  if (finished.data?.state !== 'completed') {
    throw new Failure(`The job is ${finished.data?.state}: see whether the worker runs.`);
  }

  const output = await client.GET('/v1/jobs/{jobId}/output', { params });
  const missing = await client.GET('/v1/jobs/{jobId}', { params: { path: { jobId: 'job_none' } } });
  console.log(JSON.stringify({ output: output.data, missing: missing.error?.code, kind: finished.data.kind }));
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
