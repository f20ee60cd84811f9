import { type Pool, withSession } from '@sluice/postgres'

/**
 * The statements of the engine call `now()` without a schema. A function of that name stands before PostgreSQL's own in the search path of
 * this database, so that the same statements go by virtual time. Defaults of columns were bound when the tables were made: they are set
 * again. The time is a sequence, since `setval` is seen by every session at once, also within its transaction, and leaves no dead rows.
 */
const install = `
create schema virtual;
create sequence virtual.clock;
create function virtual.now() returns timestamptz language plpgsql stable as
  $$ begin return timestamptz 'epoch' + (select last_value from virtual.clock) * interval '1 ms'; end $$;
do $$
declare one record;
begin
  execute format('alter database %I set search_path = virtual, pg_catalog, public', current_database());
  for one in select table_name, column_name from information_schema.columns where table_schema = 'sluice' and column_default like '%now()' loop
    execute format('alter table sluice.%I alter column %I set default virtual.now()', one.table_name, one.column_name);
  end loop;
end $$`

/** Gives the database virtual time: for the sessions that are opened after this. */
export const installClock = (databaseUrl: string): Promise<void> =>
  withSession(databaseUrl, async (session) => void (await session.query(install)))

/** Functions that name a path of their own go by that of the database, and so by its time. To be called when all of them are there. */
export const letFunctionsFollow = (pool: Pool): Promise<unknown> =>
  pool.query(`do $$
declare one record;
begin
  for one in select p.oid::regprocedure as signature from pg_proc p where p.pronamespace = 'sluice'::regnamespace and p.prosecdef loop
    execute format('alter function %s reset search_path', one.signature);
  end loop;
end $$`)

/** Sets the time of the database. */
export function clockOf(pool: Pool): { set(wallMs: number): Promise<void> } {
  let last = 0
  return {
    async set(wallMs) {
      if (wallMs === last) return
      last = wallMs
      await pool.query({ name: 'virtual_clock', text: "select setval('virtual.clock', $1)" }, [wallMs])
    },
  }
}
