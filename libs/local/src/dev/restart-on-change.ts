import path from 'node:path';
import { reasonOf } from '../start-error.ts';
import type { AppName, LocalTurno } from '../turno/local-turno.ts';
import { affectedApps, sourceFolders } from './affected-apps.ts';
import { type Check, runCheck } from './run-check.ts';
import { watchFiles } from './watch-files.ts';

export interface DevOptions {
  root: string;
  kindsDir: string | undefined;
  /** Returns the files that the kinds in a folder consist of, also those elsewhere that they import. */
  filesOfKinds(kindsDir: string): string[];
  print(line: string): void;
}

/** Kinds are loaded by these two. */
const appsWithKinds: readonly AppName[] = ['api', 'worker'];
const namesShown = 3;

/**
 * Compiles after each change of a source file, and restarts the apps that contain the file; a change in the folder of
 * kinds restarts the API and the worker. The stores go on. After a compile error or a faulty kind, the running
 * processes go on too. Resolves once `stopped` has aborted and nothing of this runs any more.
 */
export async function restartOnChange(turno: LocalTurno, options: DevOptions, stopped: AbortSignal): Promise<void> {
  const { root, kindsDir, filesOfKinds, print } = options;
  const sources = sourceFolders(root);
  const watch =
    kindsDir === undefined ? watchFiles(sources) : watchFiles([...sources, kindsDir], () => filesOfKinds(kindsDir));
  const stop = new Promise<undefined>((resolve) => {
    stopped.addEventListener('abort', () => resolve(undefined), { once: true });
    if (stopped.aborted) resolve(undefined);
  });
  /** Apps that must be restarted once everything compiles again. */
  const due = new Set<AppName>();
  let unchecked: string[] = [];
  for (let files = await nextChange(); files !== undefined; files = await nextChange()) {
    unchecked = [...unchecked, ...files];
    print(`dev: ${listed(root, files)} changed`);
    const check = await checkAll({ root, kindsDir, files: unchecked, stopped });
    if (stopped.aborted) break;
    if (!check.ok) {
      print(`${check.output}\ndev: the running processes go on as they are; save again to repeat`);
      continue;
    }
    for (const app of [...affectedApps(root, unchecked), ...kindApps(root, unchecked)]) due.add(app);
    unchecked = [];
    if (due.size === 0) print('dev: no running process contains this: restart `npm run dev` to use it');
    else if (await restart(turno, [...due], { print, stopped })) due.clear();
  }
  watch.stop();

  function nextChange(): Promise<string[] | undefined> {
    return Promise.race([watch.changed(), stop]);
  }
}

/** True when the processes run, or when everything was stopped meanwhile. */
async function restart(
  turno: LocalTurno,
  names: readonly AppName[],
  { print, stopped }: { print: DevOptions['print']; stopped: AbortSignal },
): Promise<boolean> {
  const startedAt = Date.now();
  try {
    await turno.restart(names);
    if (!stopped.aborted) print(`dev: restarted ${names.join(', ')} in ${Date.now() - startedAt} ms`);
    return true;
  } catch (error) {
    if (!stopped.aborted) print(`${reasonOf(error)}\ndev: mend this and save again`);
    return stopped.aborted;
  }
}

interface ChangedTree extends Pick<DevOptions, 'root' | 'kindsDir'> {
  files: readonly string[];
  stopped: AbortSignal;
}

/** Compiles when sources changed; loads all kinds when their folder changed. */
async function checkAll({ root, kindsDir, files, stopped }: ChangedTree): Promise<Check> {
  const run = (args: readonly string[]) => runCheck(args, { cwd: root, signal: stopped });
  const isKind = (file: string) => isFileOfKinds(root, file);
  if (files.some((file) => !isKind(file))) {
    const compiled = await run([path.join(root, 'node_modules/typescript/bin/tsc'), '-b', '--pretty']);
    if (!compiled.ok) return compiled;
  }
  if (kindsDir !== undefined && files.some(isKind)) return run([path.join(root, 'scripts/check-kinds.mjs'), kindsDir]);
  return { ok: true, output: '' };
}

function kindApps(root: string, files: readonly string[]): readonly AppName[] {
  return files.some((file) => isFileOfKinds(root, file)) ? appsWithKinds : [];
}

/** Everything else that is watched is a source of ours. */
function isFileOfKinds(root: string, file: string): boolean {
  return !sourceFolders(root).some((folder) => isInside(folder, file));
}

function isInside(folder: string, file: string): boolean {
  return !path.relative(folder, file).startsWith('..');
}

function listed(root: string, files: readonly string[]): string {
  const names = files.slice(0, namesShown).map((file) => path.relative(root, file));
  return files.length > namesShown
    ? `${names.join(', ')} and ${files.length - namesShown} more files`
    : names.join(', ');
}
