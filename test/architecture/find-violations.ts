import { posix } from 'node:path';
import {
  emptyNames,
  exactly,
  holdsSql,
  linesMax,
  mayCompute,
  reserved,
  rows,
  secondDoors,
  withInnerDoors,
} from './layers.ts';
import type { Package, SourceFile } from './read-tree.ts';
import { readTree } from './read-tree.ts';
import type { Scan } from './scan-source.ts';
import { scanSource } from './scan-source.ts';

interface Place {
  pack: Package;
  file: SourceFile;
  byName: ReadonlyMap<string, Package>;
}

/** One line for every breach of the layering and the sizes in the tree at `root`; none when it holds. */
export function findViolations(root: string): string[] {
  const packages = readTree(root);
  const byName = new Map(packages.map((pack) => [pack.name, pack]));
  return packages.flatMap((pack) => [
    ...checkPlace(pack),
    ...pack.files.flatMap((file) => checkFile({ pack, file, byName }).map((fault) => `${file.path}: ${fault}`)),
  ]);
}

function checkPlace(pack: Package): string[] {
  const known = pack.folder === '.' || pack.folder in rows || pack.folder in exactly;
  return known ? [] : [`${pack.folder}: has no row in test/architecture/layers.ts`];
}

function checkFile(place: Place): string[] {
  const scan = scanSource(place.file.text);
  return [
    ...checkShape(place.file),
    ...checkContent(place.pack.folder, scan),
    ...scan.imports.flatMap((specifier) => checkImport(place, specifier) ?? []),
  ];
}

function checkShape({ path, text }: SourceFile): string[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const empty = path.split('/').find((part) => emptyNames.test(part.replace(/\..*$/, '')));
  return [
    ...(lines > linesMax ? [`has ${lines} lines, the limit is ${linesMax}`] : []),
    ...(empty === undefined ? [] : [`"${empty}" does not say what it holds`]),
  ];
}

function checkContent(folder: string, { code, computedImports }: Scan): string[] {
  const shipped = folder !== '.';
  return [
    ...(shipped && folder !== holdsSql && /\bsql(?:<[^>`]*>)?\s*``/.test(code) ? ['SQL stays in libs/postgres'] : []),
    ...(shipped && folder !== mayCompute && computedImports > 0 ? ['imports something only known at run time'] : []),
    ...(/\benum\s+\w+\s*\{/.test(code) ? ['declares an enum'] : []),
  ];
}

function checkImport(place: Place, specifier: string): string | undefined {
  const from = place.pack.folder;
  if (specifier.startsWith('node:')) return undefined;
  if (specifier.startsWith('.') || specifier.startsWith('/')) return checkRelative(place, specifier);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const target = place.byName.get(name);
  if (target === undefined) return checkOutside(place, name);
  if (from === '.') return specifier === name ? undefined : `"${specifier}" goes past the door of ${name}`;
  return checkOurs(place, target, specifier);
}

function checkRelative({ pack, file }: Place, specifier: string): string | undefined {
  // Scripts and tests start and read what they like; a package reaches another one only through its door.
  if (pack.folder === '.') return undefined;
  const reached = posix.join(posix.dirname(file.path), specifier);
  if (!reached.startsWith(`${pack.folder}/`) || specifier.startsWith('/')) return `"${specifier}" leaves the package`;
  return withInnerDoors.includes(pack.folder) ? checkInnerDoor(file.path, reached) : undefined;
}

/** `libs/postgres/src/jobs/finish-jobs.ts`: the fourth part is the folder, when a file follows it. */
function checkInnerDoor(from: string, reached: string): string | undefined {
  const folderOf = (path: string) => path.split('/').slice(3, -1)[0];
  const folder = folderOf(reached);
  const isDoor = reached.endsWith(`/src/${folder}/index.ts`);
  return folder === undefined || folder === folderOf(from) || isDoor ? undefined : `goes past the door of ${folder}`;
}

function checkOutside({ pack, file }: Place, name: string): string | undefined {
  const owners = reserved[name];
  if (file.path.startsWith('scripts/')) return `"${name}" is not there before the first install`;
  if (!pack.declared.has(name)) return `"${name}" is not declared in its package.json`;
  if (owners && pack.folder !== '.' && !owners.includes(pack.folder))
    return `"${name}" belongs to ${owners.join(', ')}`;
  return undefined;
}

function checkOurs({ pack }: Place, target: Package, specifier: string): string | undefined {
  const from = pack.folder;
  const to = target.folder;
  if (specifier !== target.name && secondDoors[specifier] !== from)
    return `"${specifier}" goes past the door of ${target.name}`;
  if (from === to) return `"${specifier}" is the package itself`;
  if (!pack.declared.has(target.name)) return `"${specifier}" is not declared in its package.json`;
  const allowed = exactly[from]?.includes(to) ?? (to in rows && (rows[to] ?? 0) < (rows[from] ?? 0));
  return allowed ? undefined : `${from} may not import ${to}`;
}
