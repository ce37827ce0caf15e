// Uploads a photo, runs a thumbnail job and downloads the result, with fetch alone.
//   TURNO_URL=http://127.0.0.1:3000 TURNO_KEY=tno_live_… node examples/files/thumbnail-photo.mjs photo.jpg small.webp
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const { TURNO_URL: url = 'http://127.0.0.1:3000', TURNO_KEY: key = '' } = process.env;
const [from = '', to = ''] = process.argv.slice(2);

async function call(path, { body, ...init } = {}) {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.title}: ${answer.detail}`);
  return answer;
}

// The bytes go directly to the file store. With the checksum it rejects bytes that were damaged in transit.
const photo = await readFile(from);
const sha256 = createHash('sha256').update(photo).digest('hex');
const file = await call('/v1/files', { body: { contentType: 'image/jpeg', bytes: photo.length, sha256 } });
const { method, url: address, headers } = file.upload;
const uploaded = await fetch(address, { method, headers, body: photo });
if (!uploaded.ok) throw new Error(`The upload failed with status ${uploaded.status}: ${await uploaded.text()}`);

// Each request waits up to 30 s for the end of the job; a longer job needs another request.
let job = await call('/v1/jobs', {
  body: { kind: 'image.thumbnail', input: { fileId: file.id, sizes: [{ width: 320 }] } },
  headers: { prefer: 'wait=30' },
});
while (!['completed', 'failed', 'cancelled'].includes(job.state)) {
  job = await call(job.links.self, { headers: { prefer: 'wait=30' } });
}
if (job.state !== 'completed') throw new Error(`The job ${job.state}: ${job.error?.message ?? 'no reason'}`);

// A job shows outputs of up to 16 KiB; its link has every output.
const [image] = (await call(job.links.output)).images;
const { download } = await call(`/v1/files/${image.fileId}`);
await writeFile(to, Buffer.from(await (await fetch(download.url)).arrayBuffer()));
process.stdout.write(`${to}: ${image.width} × ${image.height}, ${image.bytes} bytes of ${image.contentType}\n`);
