import { SimulatorError } from './error.ts'

/** Which requests a fault meets, and how often. */
export interface FaultScope {
  /** How many requests it disturbs before it is spent; absent: all, until it is removed. */
  readonly times?: number
  /** Lets this many matching requests through first: `skip: 1` disturbs the second page. */
  readonly skip?: number
  /** Prefix of the path; absent: every path. */
  readonly match?: string
}

/** Which rows of a list, and which of their fields, a fault spoils. */
export interface RowScope {
  /** Every n-th row, from the first; default 2. */
  readonly every?: number
  /** Default: the fields the simulator names. Spoiled rows take them in turn. */
  readonly fields?: readonly string[]
}

/** A fault is plain data: it can be written in a test, in a file, or sent to the control route. */
export type Fault = FaultScope &
  (
    | { readonly kind: 'rate_limited' /** Seconds of the `Retry-After` header; absent: no header. */; readonly retryAfter?: number }
    | { readonly kind: 'server_error' /** Default 500. */; readonly status?: number }
    | { readonly kind: 'unauthorized' }
    | { readonly kind: 'timeout' /** Answers after this time; absent: never. */; readonly answerAfterMs?: number }
    | {
        readonly kind: 'truncated'
        /**
         * `connection`: the full length is announced and the connection destroyed half-way. `length`: half the JSON, announced as if it
         * were whole.
         */
        readonly how?: 'connection' | 'length'
      }
    | { readonly kind: 'shutdown' /** Default: the one of the simulator. */; readonly status?: number }
    | { readonly kind: 'html' /** Default 200: a page of maintenance that says it is fine. */; readonly status?: number }
    | { readonly kind: 'empty_list' }
    | { readonly kind: 'duplicate_ids'; readonly every?: number }
    | ({ readonly kind: 'null_fields' } & RowScope)
    | ({ readonly kind: 'absurd_values' /** Default: all of `ABSURD_VALUES` in turn. */; readonly value?: string } & RowScope)
  )

export type FaultKind = Fault['kind']

type Check = (value: unknown) => boolean

const whole: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0
const positive: Check = (value) => whole(value) && value !== 0
const duration: Check = (value) => typeof value === 'number' && value >= 0 && value < 2 ** 31
const status: Check = (value) => whole(value) && Number(value) >= 200 && Number(value) <= 599
const text: Check = (value) => typeof value === 'string'
const names: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(text)

const SCOPE = { times: positive, skip: whole, match: (value: unknown) => text(value) && String(value).startsWith('/') }
const SETTINGS: Record<FaultKind, Record<string, Check>> = {
  rate_limited: { retryAfter: whole },
  server_error: { status },
  unauthorized: {},
  timeout: { answerAfterMs: duration },
  truncated: { how: (value) => value === 'connection' || value === 'length' },
  shutdown: { status },
  html: { status },
  empty_list: {},
  duplicate_ids: { every: positive },
  null_fields: { every: positive, fields: names },
  absurd_values: { every: positive, fields: names, value: text },
}

/** All kinds, in the order of the README. */
export const FAULT_KINDS = Object.keys(SETTINGS) as readonly FaultKind[]

/** Faults out of JSON: one, or a list. Throws `fault_invalid` naming the place; an unknown setting is refused, not ignored. */
export function parseFaults(json: unknown): readonly Fault[] {
  return (Array.isArray(json) ? json : [json]).map((value: unknown, index) => {
    if (typeof value !== 'object' || value === null) throw invalid(`fault ${index} is not an object`)
    const { kind, ...settings } = value as Record<string, unknown>
    if (!isKind(kind)) throw invalid(`fault ${index}: kind ${JSON.stringify(kind)} is unknown`)
    const checks: Record<string, Check> = { ...SCOPE, ...SETTINGS[kind] }
    for (const [name, setting] of Object.entries(settings)) {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined
      if (check === undefined) throw invalid(`fault ${index} (${kind}): no setting is called ${JSON.stringify(name)}`)
      if (!check(setting)) throw invalid(`fault ${index} (${kind}): ${name} cannot be ${JSON.stringify(setting)}`)
    }
    return value as Fault
  })
}

export interface FaultQueue {
  /** Replaces all faults. */
  set(faults: readonly Fault[]): void
  /** What is still to come: `times` and `skip` as they stand now. */
  list(): readonly Fault[]
  /** The fault of a request to this path, counted as used. The first one that matches wins; the next waits until it is spent. */
  take(path: string): Fault | undefined
}

export function faultQueue(initial: readonly Fault[] = []): FaultQueue {
  let queue = [...parseFaults(initial)]
  return {
    set(faults) {
      queue = [...parseFaults(faults)]
    },
    list: () => queue,
    take(path) {
      const index = queue.findIndex((fault) => path.startsWith(fault.match ?? '/'))
      const fault = queue[index]
      if (fault === undefined) return undefined
      if (fault.skip !== undefined && fault.skip > 0) {
        queue[index] = { ...fault, skip: fault.skip - 1 }
        return undefined
      }
      if (fault.times === 1) queue.splice(index, 1)
      else if (fault.times !== undefined) queue[index] = { ...fault, times: fault.times - 1 }
      return fault
    },
  }
}

function isKind(kind: unknown): kind is FaultKind {
  return typeof kind === 'string' && Object.hasOwn(SETTINGS, kind)
}

function invalid(what: string): SimulatorError {
  return new SimulatorError(
    'fault_invalid',
    what,
    `Kinds: ${FAULT_KINDS.join(', ')}; the README of the simulator kit lists the settings of each.`,
  )
}
