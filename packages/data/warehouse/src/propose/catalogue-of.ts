import type { Pool } from '@sluice/postgres'
import type { Fact, FactBase } from '@supabase/pg-delta'
import { platformSchema } from '../platform-schema.ts'
import type { PgDelta } from './pg-delta.ts'

/** The catalogue of a database without what is the platform's, and without the rights that its owner has anyway. */
export async function catalogueOf(library: PgDelta, pool: Pool): Promise<FactBase> {
  const { factBase } = await library.extract(pool.native)
  const [session] = await pool.query<{ owner: string }>('select current_user::text as owner')
  return without(library, factBase, ({ id }) => isOfPlatform(id) || (id.kind === 'acl' && id.grantee === session?.owner))
}

function isOfPlatform(id: Fact['id']): boolean {
  if (id.kind === 'trigger' && id.name.startsWith('sluice_touch_')) return true
  if (id.kind === 'schema') return id.name === platformSchema
  if (!('schema' in id) || id.schema === null) return false
  const name = 'table' in id ? id.table : 'name' in id ? id.name : ''
  return id.schema === platformSchema || (id.schema === 'public' && name.startsWith('sluice_'))
}

/** The facts that are left, with the edges between them. What hangs on one that is out is out. */
export function without(library: PgDelta, catalogue: FactBase, isOut: (fact: Fact) => boolean): FactBase {
  const { encodeId } = library
  const out = new Set<string>()
  const leave = (fact: Fact): void => {
    out.add(encodeId(fact.id))
    for (const child of catalogue.childrenOf(fact.id)) leave(child)
  }
  for (const fact of catalogue.facts()) if (isOut(fact)) leave(fact)
  if (out.size === 0) return catalogue
  return library.buildFactBase(
    catalogue.facts().filter(({ id }) => !out.has(encodeId(id))),
    catalogue.edges.filter(({ from, to }) => !out.has(encodeId(from)) && !out.has(encodeId(to))),
  )
}
