import type { Queryable } from '@sluice/postgres'

/** What the role of a session may do in the schema. */
export async function mayIn(db: Queryable) {
  const [row] = await db.query<{ reads: string[]; changes: string[]; calls: string[] }>(`
    with tables as (select c.oid, c.relname as name from pg_class c where c.relnamespace = 'sluice'::regnamespace and c.relkind in ('r', 'v', 'S'))
    select
      array(select format('%s(%s)', t.name, string_agg(a.attname, ',' order by a.attname collate "C")) from tables t
        join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
        where has_column_privilege(t.oid, a.attnum, 'SELECT') group by t.name order by t.name collate "C") as reads,
      array(select t.name::text from tables t
        where has_table_privilege(t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') or has_any_column_privilege(t.oid, 'INSERT, UPDATE')
        order by t.name collate "C") as changes,
      array(select p.proname::text from pg_proc p where p.pronamespace = 'sluice'::regnamespace and has_function_privilege(p.oid, 'EXECUTE')
        order by p.proname collate "C") as calls`)
  return row ?? { reads: [], changes: [], calls: [] }
}
