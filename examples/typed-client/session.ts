import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

// Submits a job, waits for its end and reads its output, with the types of the OpenAPI document and plain fetch.
const [baseUrl = '', key = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

const submitted = await client.POST('/v1/jobs', {
  body: { kind: 'math.sum-of-squares', input: { n: 1_000 }, options: { tags: ['typed'] } },
});
if (submitted.data === undefined) throw new Error(`rejected: ${submitted.error.title}`);

const params = { path: { jobId: submitted.data.id }, header: { Prefer: 'wait=30' } };
const finished = await client.GET('/v1/jobs/{jobId}', { params });
if (finished.data?.state !== 'completed') throw new Error(`the job is ${finished.data?.state}`);

const output = await client.GET('/v1/jobs/{jobId}/output', { params });
const missing = await client.GET('/v1/jobs/{jobId}', { params: { path: { jobId: 'job_none' } } });
console.log(JSON.stringify({ output: output.data, missing: missing.error?.code, kind: finished.data.kind }));
