import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { inject } from 'vitest';
import { eventually } from '../eventually.ts';
import { root } from '../root.ts';

/** The programs that tests start hundreds of times. All others run as they are. */
const programs = ['apps/api/dist/main.js', 'apps/worker/dist/main.js', 'test/roots/api.mjs', 'test/roots/worker.mjs'];

/**
 * Kinds are loaded from their own files while the app runs, and must meet the same instance of these packages there.
 */
const sharedWithKinds = [/^@turno\/(kinds|contract)/, /^zod\//];

const bundles = new Map<string, Promise<string>>();

/**
 * Returns the file and arguments that start `program`. For the programs that tests start most, these run a bundle of
 * all its modules, made once per run: an app is 800 to 1,000 files, and finding and compiling them is half of what its
 * start costs.
 */
export async function commandOf(program: string): Promise<[file: string, args: string[]]> {
  const name = path.relative(root, program);
  if (!programs.includes(name)) return [program, []];
  const folder = path.join(inject('runStores').dir, 'bundles', name.replaceAll(/\W/g, '-'));
  const bundle = bundles.get(folder) ?? bundleOnce(program, folder);
  bundles.set(folder, bundle);
  return [path.join(root, 'test/support/apps/run-bundle.cjs'), [await bundle]];
}

/** Bundles the program unless another process of this run does. */
async function bundleOnce(program: string, folder: string): Promise<string> {
  const [file, done] = [path.join(folder, 'bundle.cjs'), path.join(folder, 'done')];
  if (!claim(folder)) {
    await eventually(() => existsSync(done));
    return file;
  }
  const bundle = await rolldown({
    input: program,
    platform: 'node',
    external: sharedWithKinds,
    plugins: [oneZod(), asInPlace(program)],
    checks: { eval: false },
  });
  // Without spaces and comments the file is read and hashed in half the time; names stay, for stacks.
  const minify = { mangle: false, compress: false, codegen: { removeWhitespace: true } };
  await bundle.write({ file, format: 'cjs', codeSplitting: false, minify });
  mkdirSync(done);
  return file;
}

/** Returns false when another process was first. */
function claim(folder: string): boolean {
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Names zod's own file: by its name a bundle in CommonJS would load its second build, beside the one that kinds load.
 */
function oneZod(): Plugin {
  return {
    name: 'one-zod',
    resolveId: (id) => (id === 'zod' ? { id: fileURLToPath(import.meta.resolve('zod')), external: true } : undefined),
  };
}

/** Lets modules find the files beside them in their own folder, and a program end without a top-level await. */
function asInPlace(program: string): Plugin {
  return {
    name: 'as-in-place',
    transform(code, id) {
      const settled = id === program ? code.replace(/^await runProcess\(/m, 'void runProcess(') : code;
      return settled
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
        .replaceAll(/(?<![\w$.'"])__dirname\b(?!\s*=)/g, JSON.stringify(path.dirname(id)));
    },
  };
}
