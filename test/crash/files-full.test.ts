import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { mountSmallDisk } from '../support/stores/small-disk.ts';
import { startApp } from '../support/apps/start-app.ts';
import { testKey, testSettings } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

const disk = mountSmallDisk(path.join((await stores()).filesDir, 'small'), process.getuid?.() ?? 0);
if (disk === undefined) console.log('skipped: a full disk takes root, to mount a tmpfs');
afterAll(() => disk?.unmount());

test.skipIf(disk === undefined)(
  'While the store of files is full uploads are told so and jobs wait for room, and what was lost on the way leaves nothing',
  async () => {
    const FILES_DIR = disk?.folder ?? '';
    const files = await startApp('files', await testSettings({ FILES_PORT: '0', FILES_DIR }));
    const small = withConstants({ execution: { outputInlineBytesMax: 20_000 } });
    const settings = { FILES_DIR, FILES_PUBLIC_URL: files.addresses['files'] ?? '', ...small };
    const fleet = await openFleet();
    const api = await fleet.startApi(settings);
    await fleet.startWorker(settings);
    const bytes = new Uint8Array(100_000);
    const createUpload = async () => {
      const response = await fetch(`${api.addresses['api']}/v1/files`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ contentType: 'a/b', bytes: bytes.length }),
      });
      return (await response.json()) as { id: string; upload: { url: string; headers: Record<string, string> } };
    };
    const put = ({ upload: { url, headers } }: Awaited<ReturnType<typeof createUpload>>) =>
      fetch(url, { method: 'PUT', headers, body: bytes });
    const [first, second] = [await createUpload(), await createUpload()];
    expect((await put(first)).status).toBe(200);
    disk?.fill();
    const refused = await put(second);
    expect([refused.status, await refused.json()]).toMatchObject([
      507,
      { detail: expect.stringContaining('no free space') },
    ]);
    const copy = await fleet.submit(api, 'test.copy-file-io', { fileId: first.id });
    const large = await fleet.submit(api, 'test.noop', { value: 'x'.repeat(30_000) });
    const waits = (jobId: string, code: string) =>
      eventually(async () => expect(await fleet.row(jobId)).toMatchObject({ state: 'retrying', tries: 1, code }));
    await waits(copy.jobId, 'files-store-full');
    await waits(large.jobId, 'output-not-stored');
    const [entry] =
      await fleet.sql`SELECT error->>'message' AS message, run_at > finished + interval '5 seconds' AS later
      FROM jobs, (SELECT max(finished_at) AS finished FROM job_attempts WHERE job_id = ${copy.jobId}) AS attempts
      WHERE id = ${copy.jobId}`;
    expect(entry).toEqual({ message: expect.stringContaining('free space on the disk of FILES_DIR'), later: true });
    disk?.free();
    await fleet.sql`UPDATE jobs SET due_at = now(), run_at = now() WHERE state = 'retrying'`;
    expect((await put(second)).status).toBe(200);
    await fleet.drained();
    for (const { jobId } of [copy, large]) expect((await fleet.row(jobId)).state).toBe('completed');
  },
);
