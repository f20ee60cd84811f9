import type { Queryable } from '../connection.ts'

/**
 * When a statement runs: `before` the rows, `after` them (what is faster to build over rows, or would judge them), then `grants`, and
 * `last` what needs the grants or would add to them.
 */
export type Section = 'before' | 'after' | 'grants' | 'last'

/** One object of a database, as the statements that make it. */
export interface Item {
  /** Its catalogue and oid, as `pg_depend` names it: `pg_class:16402`. */
  readonly id: string
  readonly kind: string
  /** For people and messages. */
  readonly name: string
  readonly section: Section
  readonly statements: readonly string[]
  /** The ids of the tables that the statements lock; none where they may run beside anything. */
  readonly tables?: readonly string[]
  /** Entries of the catalogue that are made with it: its row type, its defaults, the index of a constraint. */
  readonly alias?: readonly string[]
  /** Beside those that the catalogue knows. */
  readonly needs?: readonly string[]
  /** Objects of the catalogue that its entry depends on and that are made before or after it in any order. */
  readonly ignores?: 'tables'
}

/** What every reader of objects gets. */
export interface Reading {
  readonly session: Queryable
  /** As `server_version_num`. */
  readonly version: number
  /** The role that made the cluster. What is its own belongs, in another cluster, to whoever restores. */
  readonly bootstrap: string
}

/** Objects of the schemas of users: not of the system, and not of an extension, which makes its own. Of a catalogue's row `alias`. */
export const ofUsers = (alias: string, catalogue: string, namespace: string): string => `
  ${namespace} in (select n.oid from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
  and not exists (select from pg_depend e where e.classid = '${catalogue}'::regclass and e.objid = ${alias}.oid and e.deptype = 'e')`
