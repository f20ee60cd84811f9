import { quoteIdentifier, quoteLiteral } from '../../identifiers.ts'
import { grantStatements, type Right, rightsSql } from '../access.ts'
import type { Item, Reading } from '../item.ts'

/** What is said of the database itself. Its name is not in it: it may be restored under another one. */
export async function databaseItself({ session, bootstrap }: Reading): Promise<Item[]> {
  const [found] = await session.query<{ acl: readonly Right[] | null; usual: readonly Right[]; owner: string; comment: string | null }>(`
    select ${rightsSql('datacl')} as acl, ${rightsSql("acldefault('d', datdba)")} as usual, pg_get_userbyid(datdba) as owner,
      shobj_description(oid, 'pg_database') as comment
    from pg_database where datname = current_database()`)
  const settings = await session.query<{ role: string | null; name: string; value: string }>(`
    select case when setrole <> 0 then pg_get_userbyid(setrole)::text end as role, split_part(each, '=', 1) as name, substr(each, strpos(each, '=') + 1) as value
    from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(setconfig) each where d.datname = current_database()
    order by setrole, each`)
  if (found === undefined) return []
  const statements = [
    ...(found.owner === bootstrap ? [] : [`alter database %I owner to ${quoteIdentifier(found.owner)}`]),
    ...grantStatements('database %I', found, bootstrap),
    ...(found.comment === null ? [] : [`comment on database %I is ${quoteLiteral(found.comment)}`]),
    ...settings
      .filter(({ role }) => role !== bootstrap)
      .map(({ role, name, value }) => {
        const whose = role === null ? 'database %I' : `role ${quoteIdentifier(role)} in database %I`
        return `alter ${whose} set ${name} to ${lists.has(name) ? value : quoteLiteral(value)}`
      }),
  ]
  if (statements.length === 0) return []
  return [{ id: 'database', kind: 'database', name: 'the database', section: 'last', statements: statements.map(inCurrentDatabase) }]
}

/** Their values are kept as lists of quoted names, and are not one text. */
const lists = new Set(['local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces'])

/** `%I` is the database that the statement runs in. Other percent signs are doubled. */
const inCurrentDatabase = (statement: string): string => {
  const format = statement.replaceAll('%', '%%').replaceAll('%%I', '%1$I')
  return `do ${quoteLiteral(`begin execute format(${quoteLiteral(format)}, current_database()); end`)}`
}

interface Default {
  readonly role: string
  readonly schema: string | null
  readonly type: 'r' | 'S' | 'f' | 'T' | 'n' | 'L'
  readonly acl: readonly Right[]
  readonly usual: readonly Right[]
}

const words = { r: 'tables', S: 'sequences', f: 'functions', T: 'types', n: 'schemas', L: 'large objects' } as const

/** What objects that come later get. Last, since those of the backup have rights of their own. */
export async function defaultPrivileges({ session, bootstrap }: Reading): Promise<Item[]> {
  const found = await session.query<Default>(`
    select pg_get_userbyid(defaclrole) as role, n.nspname as schema, defaclobjtype as type, ${rightsSql('defaclacl')} as acl,
      case when defaclnamespace = 0 then ${rightsSql(`acldefault(case defaclobjtype when 'S' then 's' else defaclobjtype end::"char", defaclrole)`)} else '[]' end as usual
    from pg_default_acl left join pg_namespace n on n.oid = defaclnamespace order by 1, 2 nulls first, 3`)
  return found.flatMap(({ role, schema, type, ...access }): Item[] => {
    const whose = `${role === bootstrap ? '' : ` for role ${quoteIdentifier(role)}`}${schema === null ? '' : ` in schema ${quoteIdentifier(schema)}`}`
    const statements = grantStatements(words[type], access, bootstrap).map((each) => `alter default privileges${whose} ${each}`)
    return statements.length === 0
      ? []
      : [
          {
            id: `defaults:${role}:${schema}:${type}`,
            kind: 'default privileges',
            name: `${words[type]} of ${role}`,
            section: 'last',
            statements,
          },
        ]
  })
}
