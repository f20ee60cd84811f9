import type { AnyDataset } from '@sluice/author'
import { quoteIdentifier } from '@sluice/postgres'

/** What a dataset grants, each as the catalogue spells it: `GRANT SELECT TO analysts`. */
export const grantsOf = ({ facts: { grants = {} } }: Pick<AnyDataset, 'facts'>): readonly string[] =>
  Object.entries(grants)
    .flatMap(([privilege, roles]) => roles.map((role) => `GRANT ${privilege.toUpperCase()} TO ${role}`))
    .toSorted((a, b) => (a < b ? -1 : 1))

const grant = /^GRANT (?<privilege>\w+) TO (?<role>.*)$/s

export const isGrant = (text: string): boolean => grant.test(text)

export const grantSql = (target: string, text: string): string => sqlOf(target, text, 'grant', 'to')
export const revokeSql = (target: string, text: string): string => sqlOf(target, text, 'revoke', 'from')

function sqlOf(target: string, text: string, verb: string, toward: string): string {
  const { privilege = '', role = '' } = grant.exec(text)?.groups ?? {}
  return `${verb} ${privilege.toLowerCase()} on ${target} ${toward} ${role === 'public' ? 'public' : quoteIdentifier(role)}`
}

/**
 * SQL of the rows of a relation that say what is granted on it, but for what its owner may and what the defaults of the database give.
 * @param relation a row of `pg_class`
 */
export const grantedOn = (relation: string): string => `
  select a.grantee, a.privilege_type, format('GRANT %s TO %s', a.privilege_type, case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end) as object,
    format('revoke %s on %s from %s', lower(a.privilege_type), ${relation}.oid::regclass, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end) as undo
  from aclexplode(${relation}.relacl) a
  where a.grantee <> ${relation}.relowner and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') and not exists (
    select from pg_default_acl d, aclexplode(d.defaclacl) e
    where d.defaclobjtype = 'r' and e.grantee = a.grantee and e.privilege_type = a.privilege_type)`
