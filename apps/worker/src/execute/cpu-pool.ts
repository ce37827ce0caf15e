import type { AttemptResult, AttemptTask, WantedHandBack } from '@turno/jobs';
import type { CatalogueEntry, HandlerContext } from '@turno/kinds';
import { builtInGroup, type Group, type Sandbox } from '../sandbox/cell.ts';
import { removeAbandonedFolders } from '../sandbox/temporary-folder.ts';
import { type CpuChild, type CpuChildOptions, startCpuChild } from './cpu-child.ts';
import type { PinnedKinds } from './pinned-kinds.ts';

export interface CpuPool {
  /**
   * Runs one task in a child that runs no other task meanwhile. Never rejects.
   * Where a child would have to load code that is no longer as it was at the start, nothing is run.
   */
  run(
    task: AttemptTask,
    services: Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>,
  ): Promise<AttemptResult | WantedHandBack>;
  /** Kills all children, also busy ones. */
  close(): Promise<void>;
}

interface CpuPoolOptions extends Omit<CpuChildOptions, 'memoryMb' | 'cell'> {
  /** The number of tasks at once. */
  concurrency: number;
  sandbox: Sandbox;
  pinned: PinnedKinds;
}

/** The memory cap of most kinds; children with it are started in advance. */
const defaultMemoryMb = 512;
/** Idle children beyond the tasks at once, so that a few kinds of KINDS_DIR do not replace each other's children. */
const spareGroupsMax = 4;

/** What a child can run: tasks of one group, with one memory cap. */
interface Sort {
  group: Group;
  memoryMb: number;
  /** The handler of a group of one kind, which a child loads at its start. */
  runFile?: string;
}

interface PooledChild extends CpuChild {
  sort: Sort;
  /** The run files that it has loaded. */
  loadedFiles: Set<string>;
}

/**
 * Creates a pool of started children.
 * It has one child more than tasks may run at once, so that the task after a kill does not wait for the start of a
 * process. A child runs the kinds of one group only. Children of another group or with another memory cap are started
 * on demand and replace the child that is idle for longest.
 */
export function createCpuPool({ concurrency, sandbox, pinned, ...options }: CpuPoolOptions): CpuPool {
  const idle: PooledChild[] = [];
  const busy = new Set<PooledChild>();
  const groups = new Set<Group>([builtInGroup]);
  let closed = false;
  removeAbandonedFolders();
  refill({ group: builtInGroup, memoryMb: defaultMemoryMb });

  function sizeNow(): number {
    return concurrency === 0 ? 0 : concurrency + Math.min(groups.size, spareGroupsMax);
  }

  function start(sort: Sort): PooledChild {
    const { group, memoryMb, runFile } = sort;
    const child = startCpuChild({ ...options, memoryMb, runFile, cell: sandbox.enter([group]) });
    return { ...child, sort, loadedFiles: new Set(runFile === undefined ? [] : [runFile]) };
  }

  function refill(sort: Sort): void {
    if (pinned.changedFile(sort.runFile) !== undefined) return;
    while (!closed && idle.length + busy.size < sizeNow()) idle.push(start(sort));
  }

  function takeIdle({ group, memoryMb }: Sort): PooledChild | undefined {
    for (let index = idle.length - 1; index >= 0; index -= 1) if (!idle[index]?.alive()) idle.splice(index, 1);
    const index = idle.findIndex(({ sort }) => sort.group === group && sort.memoryMb === memoryMb);
    return index === -1 ? undefined : idle.splice(index, 1)[0];
  }

  function release(child: PooledChild): void {
    busy.delete(child);
    if (child.alive()) idle.unshift(child);
    while (idle.length + busy.size > sizeNow()) void idle.pop()?.kill();
    refill(child.sort);
  }

  return {
    async run(task, services) {
      const { runFile } = task.entry;
      const sort = sortOf(task.entry);
      groups.add(sort.group);
      for (;;) {
        const found = takeIdle(sort);
        const changedFile = found?.loadedFiles.has(runFile) === true ? undefined : pinned.changedFile(runFile);
        if (changedFile !== undefined) {
          if (found !== undefined) idle.push(found);
          return { handBack: `${changedFile} has changed since the start of this worker` };
        }
        const child = found ?? start(sort);
        child.loadedFiles.add(runFile);
        busy.add(child);
        const result = await child.run(task, services).finally(() => release(child));
        if (result !== undefined) return result; // a new child always returns a result
      }
    },
    async close() {
      closed = true;
      await Promise.all([...idle, ...busy].map((child) => child.kill()));
    },
  };
}

function sortOf({ kind, limits, runFile, isBuiltIn }: CatalogueEntry): Sort {
  const { memoryMb } = limits;
  return isBuiltIn ? { group: builtInGroup, memoryMb } : { group: kind.name, memoryMb, runFile };
}
