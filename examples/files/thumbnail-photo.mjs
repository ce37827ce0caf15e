// Uploads a photo, runs a thumbnail job and downloads the result, with fetch alone. In the folder of `npm start`:
//   TURNO_KEY=$(cat .turno/key) node examples/files/thumbnail-photo.mjs examples/files/photo.jpg .turno/small.webp
// TURNO_URL names another API than http://127.0.0.1:3000.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const { TURNO_URL: url = 'http://127.0.0.1:3000', TURNO_KEY: key = '' } = process.env;
const [from, to] = process.argv.slice(2);

/** A failure with a mend for the reader. */
class Failure extends Error {}

async function request(address, init) {
  return fetch(address, init).catch((error) => {
    const { origin } = URL.canParse(address) ? new URL(address) : { origin: address };
    const reason = error.cause?.code ?? error.cause?.message ?? error.message;
    throw new Failure(
      `${origin} does not answer (${reason}): run npm start, or set TURNO_URL to the address of the API.`,
    );
  });
}

async function call(path, { body, ...init } = {}) {
  const response = await request(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => ({ title: `Status ${response.status}`, detail: 'not from Turno' }));
  if (response.status === 401) {
    throw new Failure(
      'The key in TURNO_KEY is not valid: set it to $(cat .turno/key), or to a key that you have made.',
    );
  }
  if (!response.ok) {
    const faults = (answer.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
    throw new Failure(`${answer.title}: ${[answer.detail, ...faults].filter(Boolean).join('; ')}`);
  }
  return answer;
}

async function main() {
  if (from === undefined || to === undefined) {
    throw new Failure('Usage: TURNO_KEY=… node thumbnail-photo.mjs <photo> <result.webp>');
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new Failure('TURNO_KEY is not set to a key: set it to $(cat .turno/key), or to a key that you have made.');
  }
  const photo = await readFile(from).catch((error) => {
    throw new Failure(`The photo cannot be read (${error.message}): name another file.`);
  });

  // The bytes go directly to the file store. With the checksum it rejects bytes that were damaged in transit.
  const sha256 = createHash('sha256').update(photo).digest('hex');
  const file = await call('/v1/files', { body: { contentType: 'image/jpeg', bytes: photo.length, sha256 } });
  const { method, url: address, headers } = file.upload;
  const uploaded = await request(address, { method, headers, body: photo });
  if (!uploaded.ok) throw new Failure(`The upload failed with status ${uploaded.status}: ${await uploaded.text()}`);

  // Each request waits up to 30 s for the end of the job; a longer job needs another request.
  let job = await call('/v1/jobs', {
    body: { kind: 'image.thumbnail', input: { fileId: file.id, sizes: [{ width: 320 }] } },
    headers: { prefer: 'wait=30' },
  });
  while (!['completed', 'failed', 'cancelled'].includes(job.state)) {
    job = await call(job.links.self, { headers: { prefer: 'wait=30' } });
  }
  if (job.state !== 'completed') throw new Failure(`The job is ${job.state}: ${job.error?.message ?? 'no reason'}`);

  // A job shows outputs of up to 16 KiB; its link has every output.
  const [image] = (await call(job.links.output)).images;
  const { download } = await call(`/v1/files/${image.fileId}`);
  const bytes = Buffer.from(await (await request(download.url)).arrayBuffer());
  await writeFile(to, bytes).catch((error) => {
    throw new Failure(`The result cannot be written (${error.message}): name another file.`);
  });
  console.log(`${to}: ${image.width} × ${image.height}, ${image.bytes} bytes of ${image.contentType}`);
}

await main().catch((error) => {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
