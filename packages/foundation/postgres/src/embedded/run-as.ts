import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * How the server's processes are started. PostgreSQL refuses uid 0, so root needs one of the last three:
 * `account` (drop to an account of its own, `own-account.ts`), `capability` (that account with CAP_DAC_OVERRIDE, for a checkout whose
 * programs only root can reach; `no_setuid_fixup` is needed because `access()` would drop the capability), `namespace` (an unmapped user
 * namespace: files stay root's; refused by some containers and in a chroot).
 */
export type RunAs = 'self' | 'account' | 'capability' | 'namespace'

export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface Launch {
  readonly prefix: readonly string[]
  /** Passed to `spawn`. */
  readonly drop: Account | undefined
  /** Who must own the data directory. */
  readonly owner: Account | undefined
  /**
   * The data directory is the working directory and is named `/proc/self/cwd`. Nobody but root passes through the folders above it, and
   * this name asks for no rights on them.
   */
  readonly inPlace: boolean
}

/** The data directory by the name that asks for no rights on the folders above it. */
export const inPlacePath = '/proc/self/cwd'

/** What to try, in order. A way that worked before comes first, since the data directory belongs to its account. */
export function candidates(facts: {
  root: boolean
  account: Account | undefined
  /** Whether any account can reach the programs. */
  reachable: boolean
  worked: RunAs | undefined
}): RunAs[] {
  if (!facts.root) return ['self']
  const all: RunAs[] =
    facts.account === undefined ? ['namespace'] : facts.reachable ? ['account', 'capability', 'namespace'] : ['capability', 'namespace']
  return facts.worked !== undefined && all.includes(facts.worked) ? [facts.worked, ...all.filter((way) => way !== facts.worked)] : all
}

export function launchAs(way: RunAs, account: Account | undefined): Launch {
  if (way === 'self') return { prefix: [], drop: undefined, owner: undefined, inPlace: false }
  if (way === 'namespace' || account === undefined)
    return { prefix: ['unshare', '-U'], drop: undefined, owner: { uid: 0, gid: 0 }, inPlace: false }
  const inPlace = process.platform === 'linux'
  if (way === 'account') return { prefix: [], drop: account, owner: account, inPlace }
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const capability = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return { prefix: ['setpriv', ...ids, ...capability], drop: undefined, owner: account, inPlace }
}

/** Whether any account can reach `path`: it and every folder above give `x` to others. */
export async function traversable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}
