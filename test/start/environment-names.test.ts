import { expect, test } from 'vitest';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';
import { startApp, type AppName } from '../support/apps/start-app.ts';
import { testSettings } from '../support/apps/start-turno.ts';

const apps: AppName[] = ['api', 'worker', 'board', 'files'];
const own = { BOARD_PORT: '0', BOARD_PASSWORD: 'a password only for tests', FILES_PORT: '0' };

test.each(apps)('The %s does not start with retired names, and says what replaces each of them', async (name) => {
  const settings = await testSettings({ ...own, LEASE_MS: '1000', PROMOTE_EVERY_MS_FILE: '/run/promote' });
  const failure = await startApp(name, settings).then(() => 'it started', String);
  expect(failure).toMatch(/LEASE_MS: .*maintenance\.leaseMs/);
  expect(failure).toMatch(/PROMOTE_EVERY_MS_FILE: .*maintenance\.promoteEveryMs/);
});

// The API runs as several processes here, which together log one warning.
test.each(apps)('The %s starts with a misspelled name, and logs one warning that names the setting', async (name) => {
  const misspelled = { REDIS_PREFIXX: 'a', API_PROCESSES: '2', TURNO_URL: 'http://127.0.0.1', TURNO_KEY: 'k' };
  const app = await startApp(name, await testSettings({ ...own, ...misspelled }));
  const lines = app.log().filter(({ msg }) => /REDIS_PREFIXX|TURNO_/.test(msg ?? ''));
  expect(lines).toEqual([expect.objectContaining({ level: 40 })]);
  expect(lines[0]?.msg).toMatch(/REDIS_PREFIXX .*REDIS_PREFIX meant/);
});

test('An API starts with the URL of a hosted Postgres, and one warning names the parameters without an effect', async () => {
  const { DATABASE_URL, REDIS_URL, ...others } = await testSettings();
  const hosted =
    '?sslmode=prefer&channel_binding=require&connect_timeout=10&application_name=mine&options=-c%20work_mem%3D5MB';
  const urls = { DATABASE_URL: `${DATABASE_URL}${hosted}`, REDIS_URL: `${REDIS_URL}?protocol=3&keyPrefix=mine` };
  const app = await startApp('api', { ...others, ...urls });
  const lines = app.log().flatMap(({ msg }) => (/_URL/.test(msg ?? '') ? [msg] : []));
  expect(lines).toEqual([
    expect.stringMatching(
      /^DATABASE_URL .*: channel_binding \(sslmode=verify-full .*\), connect_timeout, application_name$/,
    ),
    expect.stringMatching(/^REDIS_URL .*: protocol, keyPrefix \(set REDIS_PREFIX\)$/),
  ]);
});

test('npm start ends with code 2 at a retired name, before it starts anything', async () => {
  const started = startCommand({ dataDir: newDataDir(), settings: { PURGE_ROWS_MAX: '10' } });
  expect(await started.exited).toBe(2);
  expect(started.output()).toMatch(/PURGE_ROWS_MAX: .*maintenance\.purgeRowsMax/);
});
