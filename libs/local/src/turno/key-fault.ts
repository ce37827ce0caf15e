import path from 'node:path';

interface FirstKey {
  api: string;
  key: string;
  /** The key comes from TURNO_DEV_KEY, not from the file of `dataDir`. */
  given: boolean;
  dataDir: string;
}

const timeoutMs = 10_000;

/** Returns why the API rejects the first key and how to get another one; undefined when the key is valid. */
export async function findKeyFault({ api, key, given, dataDir }: FirstKey): Promise<string | undefined> {
  const headers = { Authorization: `Bearer ${key}` };
  const signal = AbortSignal.timeout(timeoutMs);
  // Another answer, or none, says nothing about the key.
  const status = await fetch(`${api}/v1/usage`, { headers, signal }).then(
    (answer) => answer.status,
    () => undefined,
  );
  if (status !== 401) return undefined;
  return given
    ? 'the key in TURNO_DEV_KEY was revoked: use another key, or start with another TURNO_DEV_KEY for a new first key'
    : `the first key was revoked: use another key, or delete ${path.join(dataDir, 'key')} and start again for a new first key`;
}
