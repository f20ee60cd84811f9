import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * How the server's processes are started. PostgreSQL refuses uid 0, so root needs one of the last three:
 * `nobody` (drop to that account; every parent folder must be traversable), `capability` (that account with CAP_DAC_OVERRIDE, for a
 * checkout under a 0700 home; `no_setuid_fixup` is needed because `access()` would drop the capability), `namespace` (an
 * unmapped user namespace: files stay root's; refused by some containers and in a chroot).
 */
export type RunAs = 'self' | 'nobody' | 'capability' | 'namespace'

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
}

/** What to try, in order. A way that worked before comes first, since the data directory belongs to its account. */
export function candidates(facts: {
  root: boolean
  account: Account | undefined
  traversable: boolean
  worked: RunAs | undefined
}): RunAs[] {
  if (!facts.root) return ['self']
  const all: RunAs[] =
    facts.account === undefined ? ['namespace'] : facts.traversable ? ['nobody', 'capability', 'namespace'] : ['capability', 'namespace']
  return facts.worked !== undefined && all.includes(facts.worked) ? [facts.worked, ...all.filter((way) => way !== facts.worked)] : all
}

export function launchAs(way: RunAs, account: Account | undefined): Launch {
  if (way === 'self') return { prefix: [], drop: undefined, owner: undefined }
  if (way === 'namespace' || account === undefined) return { prefix: ['unshare', '-U'], drop: undefined, owner: { uid: 0, gid: 0 } }
  if (way === 'nobody') return { prefix: [], drop: account, owner: account }
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const capability = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return { prefix: ['setpriv', ...ids, ...capability], drop: undefined, owner: account }
}

/** `nobody`, else `postgres`: initdb wants an account that the system knows. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  for (const name of ['nobody', 'postgres']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

/** Whether any account can reach `path`: it and every folder above give `x` to others. */
export async function traversable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}
