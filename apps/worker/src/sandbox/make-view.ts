import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { ViewPlan } from './view-plan.ts';

/** A view of the file system and one of the network, which processes enter by these files. */
export interface View {
  mountFile: string;
  /** A network without any connection. */
  networkFile: string;
  close(): void;
}

/**
 * The shown paths wait in `$scratch` while their folders are hidden, and then move to the places where they were.
 * A mount of this script is private: no other process sees it, and it ends with its last process.
 */
const script = `
scratch=$1; shift
mount -t tmpfs -o mode=755,size=1m turno "$scratch"
kind=hide; count=0
for path; do
  case $path in --show|--blank) kind=\${path#--}; continue;; esac
  [ "$kind" = show ] || continue
  count=$((count + 1))
  if [ -d "$path" ]; then mkdir "$scratch/$count"; else : > "$scratch/$count"; fi
  mount --bind "$path" "$scratch/$count"
done
kind=hide; count=0
: > "$scratch/blank"
chmod 600 "$scratch/blank"
for path; do
  case $path in --show|--blank) kind=\${path#--}; continue;; esac
  case $kind in
    hide) mount -t tmpfs -o mode=755,size=1m turno "$path";;
    show)
      count=$((count + 1))
      if [ -d "$scratch/$count" ]; then mkdir -p "$path"; else mkdir -p "$(dirname "$path")"; : > "$path"; fi
      mount -o bind,ro,nosuid,nodev "$scratch/$count" "$path";;
    blank) mount --bind "$scratch/blank" "$path";;
  esac
done
for path; do
  case $path in --show) break;; esac
  mount -o remount,ro,nosuid,nodev "$path"
done
umount -l "$scratch"
echo ready
read -r _
`;

const startTimeoutMs = 10_000;

/**
 * Makes a view by the plan. `scratch` is an empty folder.
 * Throws an error with the words of the system when it does not allow that: mounts need CAP_SYS_ADMIN, which most
 * containers lack.
 */
export async function makeView({ hide, show, blank }: ViewPlan, scratch: string): Promise<View> {
  const args = [scratch, ...hide, '--show', ...show, '--blank', ...blank];
  const isolate = ['--mount', '--net', '--propagation', 'private'];
  const maker = spawn('unshare', [...isolate, 'sh', '-euc', script, 'sh', ...args], {
    stdio: 'pipe',
    timeout: startTimeoutMs,
  });
  const complaint = text(maker.stderr);
  const isReady = await new Promise<boolean>((resolve) => {
    maker.once('error', () => resolve(false));
    maker.once('close', () => resolve(false));
    maker.stdout.once('data', () => resolve(true));
  });
  if (!isReady) throw new Error((await complaint).trim() || 'unshare failed');
  const view = openNamespaces(maker);
  maker.stdin.end('\n');
  return view;
}

/** Opens the namespaces of a process, which then last as long as this process has them open. */
function openNamespaces({ pid }: ChildProcess): View {
  const [mount, network] = ['mnt', 'net'].map((name) => openSync(`/proc/${pid}/ns/${name}`, 'r'));
  const fileOf = (descriptor: number | undefined) => `/proc/${process.pid}/fd/${descriptor}`;
  return {
    mountFile: fileOf(mount),
    networkFile: fileOf(network),
    close() {
      for (const descriptor of [mount, network]) if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}
