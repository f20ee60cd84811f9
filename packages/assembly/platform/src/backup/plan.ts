import type { Tree } from './manifest.ts'

/** What is known of a platform before its backup. */
export interface PlatformFacts {
  readonly databases: readonly { readonly project: string | null; readonly database: string }[]
  readonly lake: string
  readonly encrypted: boolean
}

export interface PlannedStep {
  readonly what: string
  /** Databases in the order in which their instants are fixed, then the trees. */
  readonly part: { readonly kind: 'database'; readonly project: string | null } | { readonly kind: 'tree'; readonly tree: Tree }
}

export interface BackupPlan {
  readonly steps: readonly PlannedStep[]
  /** What is not saved, a sentence each. */
  readonly leftOut: readonly string[]
}

/**
 * What a backup saves, in which order. Pure; the dry run prints it.
 *
 * The instant of each part comes before that of what it was told of: the metadata first, whose runs and receipts are then no newer than
 * what the stores hold; the warehouses, which were made of the lake; the lake last. What a store has beyond the metadata is a batch whose
 * task runs again after a restore and is answered by its receipt. No task that the metadata calls done lacks its rows.
 */
export function planBackup(facts: PlatformFacts): BackupPlan {
  const databases = facts.databases.toSorted((a, b) => Number(a.project !== null) - Number(b.project !== null))
  return {
    steps: [
      ...databases.map(({ project, database }) => ({
        what: project === null ? `metadata (database ${database})` : `warehouse of ${project} (database ${database})`,
        part: { kind: 'database', project } as const,
      })),
      { what: `lake (${facts.lake})`, part: { kind: 'tree', tree: 'lake' } },
      { what: 'logs of tasks', part: { kind: 'tree', tree: 'logs' } },
      { what: 'versions of the projects', part: { kind: 'tree', tree: 'versions' } },
      { what: 'profile and mails of the demo', part: { kind: 'tree', tree: 'state' } },
    ],
    leftOut: [
      '.env and the repository of the projects',
      ...(facts.encrypted ? [] : ['the key of the state and the passwords of the warehouse roles: they are in encrypted backups alone']),
    ],
  }
}

/** Why a platform cannot be restored here; `undefined` where it can. Pure. */
export function restoreFault(of: {
  readonly stateDir: string
  /** What the folder of the state holds. */
  readonly present: readonly string[]
  readonly restoring: boolean
  readonly running: boolean
}): { readonly message: string; readonly next: string } | undefined {
  if (of.running) return { message: `a Sluice runs on ${of.stateDir}`, next: 'Stop it, and restore into a folder without a state.' }
  const others = of.present.filter((name) => !own.has(name))
  if (of.restoring || others.length === 0) return undefined
  return {
    message: `${of.stateDir} has a state already (${others.slice(0, 4).join(', ')})`,
    next: 'Restore in another folder, or remove this state with all data in it first: npx sluice reset.',
  }
}

/** What commands leave in a state that is empty otherwise. */
const own = new Set(['.gitignore', 'configuration', 'restoring.json', 'types', 'tmp', 'server'])
