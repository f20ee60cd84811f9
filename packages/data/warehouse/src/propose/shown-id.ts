import type { StableId } from '@supabase/pg-delta'

/** An object of the catalogue as a sentence names it: `view shop.v`, `trigger t on shop.things`. */
export function shownId(id: StableId): string {
  switch (id.kind) {
    case 'column':
      return `column ${id.schema}.${id.table}.${id.name}`
    case 'default':
      return `default of column ${id.schema}.${id.table}.${id.name}`
    case 'constraint':
    case 'trigger':
    case 'rule':
    case 'policy':
      return `${id.kind} ${id.name} on ${id.schema}.${id.table}`
    case 'function':
    case 'procedure':
    case 'aggregate':
      return `${id.kind} ${id.schema}.${id.name}(${id.args.join(', ')})`
    case 'comment':
      return `comment on ${shownId(id.target)}`
    case 'acl':
      return `right of ${id.grantee} on ${shownId(id.target)}${id.column === undefined ? '' : ` (${id.column})`}`
    case 'securityLabel':
      return `security label of ${shownId(id.target)}`
    case 'defaultPrivilege':
      return `default right of ${id.grantee} on ${kindsOfDefault[id.objtype] ?? id.objtype} of ${id.role}${id.schema === null ? '' : ` in ${id.schema}`}`
    case 'materializedView':
      return `materialized view ${id.schema}.${id.name}`
    case 'typeAttribute':
      return `attribute ${id.name} of type ${id.schema}.${id.type}`
    default:
      return `${id.kind} ${'schema' in id && id.schema !== null ? `${id.schema}.` : ''}${'name' in id ? id.name : JSON.stringify(id)}`
  }
}

const kindsOfDefault: Readonly<Record<string, string>> = { r: 'tables', S: 'sequences', f: 'functions', T: 'types', n: 'schemas' }

/** `schema.name` of the table that an object belongs to, or is. */
export function tableOf(id: StableId): string | undefined {
  if (id.kind === 'comment' || id.kind === 'acl' || id.kind === 'securityLabel') return tableOf(id.target)
  if (id.kind === 'table' || id.kind === 'materializedView') return `${id.schema}.${id.name}`
  return 'table' in id && 'schema' in id ? `${id.schema}.${id.table}` : undefined
}
