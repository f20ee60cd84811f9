import { type Connection, quoteIdentifier } from '@sluice/postgres'

/**
 * Takes functions of the system from all but the owner, in this database. Only a superuser may.
 *
 * Those that parse XML: what people type must not reach the parser of the server's libxml2, which in the embedded server is years old
 * (docs/security.md). The words of the grammar (`xmlparse`) are not functions: those are refused where the statement is read
 * (`query/xml-words.ts`).
 *
 * Those that reach other sessions, also in a transaction that only reads: ending what they run, locks out of the memory that all databases
 * of the server share, the write-ahead log. Not where the database is somebody else's, whose programs may need them.
 */
export async function closeFunctions(admin: Connection, owner: string): Promise<void> {
  const open = await admin.query<{ name: string }>(openSql, [owner])
  if (open.length === 0) return
  const functions = open.map(({ name }) => name).join(', ')
  await admin.query(`grant execute on function ${functions} to ${quoteIdentifier(owner)}`)
  await admin.query(`revoke execute on function ${functions} from public`)
}

/** Of XML also those that take the name of a type and then read a value of it. Unlocking stays: it takes nothing from anybody. */
const openSql = `
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
  and (p.proname like '%xml%' or p.prorettype = 'xml'::regtype or 'xml'::regtype = any(p.proargtypes)
    or p.proname in ('xpath', 'xpath_exists', 'pg_input_is_valid', 'pg_input_error_info')
    or (p.proname ~ '^pg_(try_)?advisory_(xact_)?lock' or p.proname in ('pg_cancel_backend', 'pg_terminate_backend', 'pg_logical_emit_message'))
      and exists (select from pg_database d where d.datname = current_database() and pg_get_userbyid(d.datdba) = $1))
  and p.prokind in ('f', 'a')
  and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
order by 1`
