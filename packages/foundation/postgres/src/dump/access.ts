import { quoteIdentifier, quoteLiteral } from '../identifiers.ts'

/** One right of one role, as `aclexplode` gives it. */
export interface Right {
  /** `null`: everybody. */
  readonly grantee: string | null
  readonly privilege: string
  readonly grantable: boolean
}

/** Who owns an object, who may do what with it, and what is said of it. */
export interface Access {
  readonly owner: string
  /** `null` where nobody has changed what the server gives by itself. */
  readonly acl: readonly Right[] | null
  /** What the server gives by itself. */
  readonly usual: readonly Right[]
  readonly comment: string | null
}

/** The rights of an `aclitem[]` as JSON, `null` for none. */
export const rightsSql = (acl: string): string => `
  case when ${acl} is null then null else coalesce((
    select json_agg(json_build_object('grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
      'privilege', a.privilege_type, 'grantable', a.is_grantable) order by a.grantee, a.privilege_type)
    from aclexplode(${acl}) a), '[]') end`

/** The columns of `Access`. @param type of `acldefault` */
export const accessSql = (of: { acl: string; type: string; owner: string; oid: string; catalogue: string }): string => `
  pg_get_userbyid(${of.owner}) as owner,
  ${rightsSql(of.acl)} as acl,
  ${rightsSql(`coalesce((select i.initprivs from pg_init_privs i where i.classoid = '${of.catalogue}'::regclass and i.objoid = ${of.oid} and i.objsubid = 0 and i.privtype = 'i'), acldefault('${of.type}', ${of.owner}))`)} as usual,
  obj_description(${of.oid}, '${of.catalogue}') as comment`

/** `alter ... owner to`, unless it belongs to the role that made the cluster. @param target such as `table public.orders` */
export const ownerStatements = (target: string, { owner }: Pick<Access, 'owner'>, bootstrap: string): string[] =>
  owner === bootstrap ? [] : [`alter ${target} owner to ${quoteIdentifier(owner)}`]

export const commentStatements = (target: string, comment: string | null): string[] =>
  comment === null ? [] : [`comment on ${target} is ${quoteLiteral(comment)}`]

/** What makes the usual rights those of the object, and no more: another version of the server may give its owner others by itself. */
export function grantStatements(on: string, { acl, usual }: Pick<Access, 'acl' | 'usual'>, bootstrap: string, columns = ''): string[] {
  if (acl === null) return []
  const same = (a: Right, b: Right): boolean => a.grantee === b.grantee && a.privilege === b.privilege
  const others = ({ grantee }: Right): boolean => grantee !== bootstrap
  const taken = usual.filter((right) => others(right) && !acl.some((each) => same(each, right)))
  const given = acl.filter((right) => others(right) && !usual.some((each) => same(each, right) && each.grantable === right.grantable))
  const list = (rights: readonly Right[]): string => rights.map(({ privilege }) => `${privilege}${columns}`).join(', ')
  return [
    ...byGrantee(taken).map(([grantee, rights]) => `revoke ${list(rights)} on ${on} from ${nameOf(grantee)}`),
    ...byGrantee(given).flatMap(([grantee, rights]) =>
      [false, true].flatMap((grantable) => {
        const those = rights.filter((right) => right.grantable === grantable)
        return those.length === 0 ? [] : [`grant ${list(those)} on ${on} to ${nameOf(grantee)}${grantable ? ' with grant option' : ''}`]
      }),
    ),
  ]
}

const nameOf = (grantee: string | null): string => (grantee === null ? 'public' : quoteIdentifier(grantee))

function byGrantee(rights: readonly Right[]): [string | null, Right[]][] {
  const found = new Map<string | null, Right[]>()
  for (const right of rights) found.set(right.grantee, [...(found.get(right.grantee) ?? []), right])
  return [...found]
}
