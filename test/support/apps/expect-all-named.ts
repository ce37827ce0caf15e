import { expect } from 'vitest';
import { openHandlers } from './open-handlers.mjs';
import { kindText, newFolder, writeFiles } from '../kind-files.ts';
import { root } from '../root.ts';

/**
 * Opens handlers of which `faulty` cannot be loaded, beside a sound one, and expects one failure that names all of them.
 * `faulty` is the text of `run.ts` by the name of the kind; a name with `loop` is of the io queue. One of them throws
 * `not today`.
 */
export async function expectAllNamed(faulty: Record<string, string>): Promise<void> {
  const dir = newFolder('turno-pin-');
  for (const [name, text] of Object.entries(faulty)) {
    writeFiles(dir, {
      [`${name}/kind.ts`]: kindText(name, name.includes('loop') ? 'io' : 'cpu'),
      [`${name}/run.ts`]: text,
    });
  }
  writeFiles(dir, { 'test.sound/kind.ts': kindText('test.sound'), 'test.sound/run.ts': 'export const run = () => 1;' });
  const failure: Error = await openHandlers({ root, settings: { KINDS_DIR: dir } }).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
  for (const name of Object.keys(faulty)) expect(failure.message).toContain(`${dir}/${name}/run.ts`);
  expect(failure.message).not.toContain('test.sound');
  expect(failure.message).toMatch(/kind-not-loadable.*not today/);
  expect(failure).toMatchObject({ code: 'kind-not-loadable' });
}
