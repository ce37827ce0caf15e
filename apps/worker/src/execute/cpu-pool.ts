import type { AttemptResult, AttemptTask } from '@turno/jobs';
import type { HandlerContext } from '@turno/kinds';
import { type CpuChild, type CpuChildOptions, startCpuChild } from './cpu-child.ts';

export interface CpuPool {
  /** Runs one task in a child that runs no other task meanwhile. Never rejects. */
  run(task: AttemptTask, services: Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>): Promise<AttemptResult>;
  /** Kills all children, also busy ones. */
  close(): Promise<void>;
}

interface CpuPoolOptions extends Omit<CpuChildOptions, 'memoryMb'> {
  /** The number of tasks at once. */
  concurrency: number;
}

/** The memory cap of most kinds; children with it are started in advance. */
const defaultMemoryMb = 512;

/**
 * Creates a pool of started children.
 * It has one child more than tasks may run at once, so that the task after a kill does not wait for the start of a
 * process. Children with another memory cap are started on demand and replace an idle child.
 */
export function createCpuPool({ concurrency, ...options }: CpuPoolOptions): CpuPool {
  const idle: CpuChild[] = [];
  const busy = new Set<CpuChild>();
  let closed = false;
  const size = concurrency === 0 ? 0 : concurrency + 1;
  refill();

  function refill(): void {
    while (!closed && idle.length + busy.size < size)
      idle.push(startCpuChild({ ...options, memoryMb: defaultMemoryMb }));
  }

  function take(memoryMb: number): CpuChild {
    for (let index = idle.length - 1; index >= 0; index -= 1) if (!idle[index]?.alive()) idle.splice(index, 1);
    const index = idle.findIndex((child) => child.memoryMb === memoryMb);
    const [child] = index === -1 ? [] : idle.splice(index, 1);
    return child ?? startCpuChild({ ...options, memoryMb });
  }

  function release(child: CpuChild): void {
    busy.delete(child);
    if (child.alive()) idle.unshift(child);
    while (idle.length + busy.size > size) void idle.pop()?.kill();
    refill();
  }

  return {
    async run(task, services) {
      for (;;) {
        const child = take(task.entry.limits.memoryMb);
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
