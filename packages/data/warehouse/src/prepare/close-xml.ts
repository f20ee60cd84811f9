import { type Connection, quoteIdentifier } from '@sluice/postgres'

/**
 * Takes the functions that parse XML from all but the owner, in this database. What people type must not reach the parser of the server's
 * libxml2, which in the embedded server is years old (docs/security.md). Only a superuser may take rights on functions of the system. The
 * words of the grammar (`xmlparse`) are no functions: those are refused where the statement is read (`query/xml-words.ts`).
 */
export async function closeXml(admin: Connection, owner: string): Promise<void> {
  const open = await admin.query<{ name: string }>(openSql)
  if (open.length === 0) return
  const functions = open.map(({ name }) => name).join(', ')
  await admin.query(`grant execute on function ${functions} to ${quoteIdentifier(owner)}`)
  await admin.query(`revoke execute on function ${functions} from public`)
}

/** Also those that take the name of a type and then read a value of it. */
const openSql = `
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
  and (p.proname like '%xml%' or p.prorettype = 'xml'::regtype or 'xml'::regtype = any(p.proargtypes)
    or p.proname in ('xpath', 'xpath_exists', 'pg_input_is_valid', 'pg_input_error_info'))
  and p.prokind in ('f', 'a')
  and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
order by 1`
