import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import type { Flat, None } from '../base/types.ts'
import { integer, text, timestamp } from '../columns/builders.ts'
import type { Columns } from '../columns/column.ts'
import { refuseOddColumns } from '../columns/refuse.ts'

/** Raw bodies as they came, and how `from ${dataset}` reads them as rows. */
export interface Bodies<C = Columns> {
  readonly kind: 'bodies'
  /** `raw`: a row is a body. `json`: a row is an element at `path`. */
  readonly format: 'raw' | 'json'
  readonly path: JsonPath
  /** Columns that every body has: when and whence it came. */
  readonly landed: Columns
  readonly around: Columns
  readonly fields: Columns
  /** All of them, as SQL sees them. */
  readonly columns: C
}

/** A path as its keys, and whether it ends at the elements of a list: `$.data[*]`. */
export interface JsonPath {
  readonly keys: readonly string[]
  readonly each: boolean
}

const landed = {
  ingested_at: timestamp({ notNull: true, comment: 'When the body arrived' }),
  source: text({ notNull: true, comment: 'Whence, for example coincap:v3/assets' }),
  request: text({ notNull: true, comment: 'Method and URL without secrets' }),
  page: integer({ notNull: true, comment: 'Place of the body in its batch' }),
} as const

/**
 * JSON bodies as rows: one for each element at `path`, its fields as columns, cast strictly. `around` takes fields from outside of the
 * element; their paths begin at the body. Every row also carries `ingested_at`, `source`, `request` and `page`.
 * @throws `definition.invalid` for a path of another form than `$.a.b`, `$.a[*]` or `$[*]`.
 */
export const json = <const C extends Columns, const A extends Columns = None>(
  path: `$${string}`,
  fields: C,
  around?: A,
): Bodies<Flat<C & A & typeof landed>> => {
  const outside: Columns = around ?? {}
  refuseOddColumns(`json("${path}")`, 'fields', fields)
  refuseOddColumns(`json("${path}")`, 'around', outside)
  const adjusting = Object.entries({ ...outside, ...fields }).find(
    ([, column]) => column.orNull || ('round' in column.type && column.type.round),
  )
  if (adjusting !== undefined) {
    throw refused(
      `json("${path}")`,
      `the field "${adjusting[0]}" says orNull or round, which bodies do not`,
      'Declare the field as text(), and the column of the model as orNull or round.',
    )
  }
  const at = jsonPath(path)
  for (const [name, { at: from }] of Object.entries({ ...outside, ...fields })) if (from !== undefined) fieldPath(name, from)
  const names = [...Object.keys(landed), ...Object.keys(outside), ...Object.keys(fields)]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw refused(`json("${path}")`, `two columns are named "${twice}"`, 'Name it otherwise and say where it lies: at: "$.x".')
  }
  const columns = { ...landed, ...outside, ...fields }
  return frozen({ kind: 'bodies', format: 'json', path: at, landed, around: outside, fields, columns: columns as never })
}

const body = { payload: text({ notNull: true, comment: 'The body as it came' }) } as const

/** Bodies of any kind, one a row: `payload`, and `ingested_at`, `source`, `request`, `page`. */
export const raw = (): Bodies<Flat<typeof landed & typeof body>> =>
  frozen({
    kind: 'bodies',
    format: 'raw',
    path: { keys: [], each: false },
    landed,
    around: {},
    fields: body,
    columns: { ...landed, ...body },
  })

const step = String.raw`\.(?:[A-Za-z_][A-Za-z0-9_]*|"[^"]+")`

/** Where the rows of a body or a document are. @throws `definition.invalid` */
export function jsonPath(path: string): JsonPath {
  const match = new RegExp(String.raw`^\$((?:${step})*)(\[\*\])?$`).exec(path)
  if (match === null) {
    throw refused(`json("${path}")`, 'this is not a path', 'Write $.data[*] for each element of a list, $.data for one object, $[*] or $.')
  }
  return { keys: keysOf(match[1] ?? ''), each: match[2] !== undefined }
}

/** Keys from the element, or from the body, to a field. @throws `definition.invalid` */
export function fieldPath(name: string, path: string): readonly string[] {
  const match = new RegExp(String.raw`^\$((?:${step})+)$`).exec(path)
  if (match === null)
    throw refused(`column ${name}`, `at: "${path}" is not a path to a field`, 'Write the keys to it: at: "$.quote.USD.price".')
  return keysOf(match[1] ?? '')
}

const keysOf = (steps: string): readonly string[] =>
  [...steps.matchAll(new RegExp(step, 'g'))].map(([each]) => each.slice(1).replace(/^"(.*)"$/, '$1'))
