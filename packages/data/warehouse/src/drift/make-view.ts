import { bugErrors } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { lookAtView } from './live-view.ts'

export interface MadeView {
  readonly name: string
  /** The id of the dataset that its model fills. */
  readonly dataset: string
  readonly statements: readonly string[]
}

/** Makes a view that is not there, and keeps in `sluice_views` what made it and what the server says of it. */
export async function makeView(tx: Connection, { name, dataset, statements }: MadeView): Promise<void> {
  for (const statement of statements) await tx.query(statement)
  const live = await lookAtView(tx, name)
  if (live === undefined)
    throw bugErrors.unreachable(`${name} is not there once it was made`, { next: 'Nothing was written. Please report this.' })
  await tx.query(
    `insert into public.sluice_views (name, dataset, statements, state) values ($1, $2, $3::jsonb, $4)
     on conflict (name) do update set dataset = excluded.dataset, statements = excluded.statements, state = excluded.state`,
    [name, dataset, JSON.stringify(statements), live.state],
  )
}

/** The same as a model has made it before. */
export async function makeViewAgain(
  tx: Connection,
  { name, statements = [] }: { readonly name: string; readonly statements: readonly string[] | undefined },
): Promise<void> {
  const [kept] = await tx.query<{ dataset: string }>('select dataset from public.sluice_views where name = $1', [name])
  await makeView(tx, { name, dataset: kept?.dataset ?? name, statements })
}

/** Refreshes go side by side; who makes views anew is alone, since it drops and makes what others are at. To the end of the transaction. */
export const lockViews = (changes: boolean): string =>
  `select pg_advisory_xact_lock${changes ? '' : '_shared'}(hashtextextended('sluice views', 0))`
