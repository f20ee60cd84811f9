import type { Queryable } from '../connection.ts'
import { ofUsers } from './item.ts'

/** What a database has and a backup of ours does not, each in a sentence. Empty for all that Sluice makes itself. */
export async function leftOut(session: Queryable): Promise<readonly string[]> {
  const found = await session.query<{ kind: string; name: string }>(leftOutSql)
  const [objects] = await session.query<{ count: string }>('select count(*)::text as count from pg_largeobject_metadata')
  const large = objects?.count ?? '0'
  return [...found.map(({ kind, name }) => `${kind} ${name}`), ...(large === '0' ? [] : [`${large} large objects`])]
}

const own = (kind: string, catalogue: string, name: string, namespace: string, where = 'true'): string =>
  `select '${kind}' as kind, ${name} as name from ${catalogue} x where ${ofUsers('x', catalogue, namespace)} and ${where}`
const ofNobody = (kind: string, catalogue: string, name: string, where = 'true'): string =>
  `select '${kind}' as kind, ${name} as name from ${catalogue} x where x.oid >= 16384 and ${where}
   and not exists (select from pg_depend e where e.classid = '${catalogue}'::regclass and e.objid = x.oid and e.deptype in ('e', 'i'))`

const leftOutSql = [
  own('aggregate', 'pg_proc', 'x.oid::regprocedure::text', 'x.pronamespace', "x.prokind = 'a'"),
  own('operator', 'pg_operator', 'x.oid::regoperator::text', 'x.oprnamespace'),
  own('operator class', 'pg_opclass', 'quote_ident(x.opcname)', 'x.opcnamespace'),
  own('collation', 'pg_collation', 'quote_ident(x.collname)', 'x.collnamespace'),
  own('conversion', 'pg_conversion', 'quote_ident(x.conname)', 'x.connamespace'),
  own('text search configuration', 'pg_ts_config', 'quote_ident(x.cfgname)', 'x.cfgnamespace'),
  own('text search dictionary', 'pg_ts_dict', 'quote_ident(x.dictname)', 'x.dictnamespace'),
  own('foreign table', 'pg_class', 'x.oid::regclass::text', 'x.relnamespace', "x.relkind = 'f'"),
  own('base type', 'pg_type', 'x.oid::regtype::text', 'x.typnamespace', "x.typtype = 'b' and x.typelem = 0"),
  ofNobody('cast to', 'pg_cast', 'x.casttarget::regtype::text'),
  ofNobody('event trigger', 'pg_event_trigger', 'quote_ident(x.evtname)'),
  ofNobody('publication', 'pg_publication', 'quote_ident(x.pubname)'),
  ofNobody('foreign server', 'pg_foreign_server', 'quote_ident(x.srvname)'),
  ofNobody('language', 'pg_language', 'quote_ident(x.lanname)', "x.lanname <> 'plpgsql'"),
].join(' union all ')
