/** A request as a route sees it. Header names are in lower case. */
export interface SimulatorRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Values of the `:name` parts of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** An answer: a string body leaves as it is, anything else as JSON. */
export interface SimulatorReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/v3/assets/:slug`; a GET route also answers HEAD. */
  readonly path: string
  readonly answer: (request: SimulatorRequest) => SimulatorReply | Promise<SimulatorReply>
}

export type Row = Readonly<Record<string, unknown>>

/** What only the imitated service knows: its error bodies and where its bodies keep their rows. */
export interface Upstream {
  /** The service's own body for an error: 400, 401, 404, 405, 413, 429, 5xx. */
  readonly problem: (status: number, message: string) => SimulatorReply
  /** What the service answers once closed down; absent: its 503. */
  readonly shutdown?: () => SimulatorReply
  /** The rows of a body, undefined when it holds no list. Default: `body.data` when it is an array. */
  readonly rows?: (body: unknown) => readonly Row[] | undefined
  /** The same body with other rows. Default: `{ ...body, data: rows }`. */
  readonly withRows?: (body: unknown, rows: readonly Row[]) => unknown
  /** Fields that `null_fields` and `absurd_values` spoil in turn when a fault names none. */
  readonly fields: readonly string[]
}

/** `{ data: [...] }`, the commonest envelope. */
export function rowsOfData(body: unknown): readonly Row[] | undefined {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  return Array.isArray(data) ? (data as readonly Row[]) : undefined
}

export function withDataRows(body: unknown, rows: readonly Row[]): unknown {
  return { ...(body as object), data: rows }
}
