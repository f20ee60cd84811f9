import { type ErrorCode, isSluiceError, kindOf, SluiceError } from '@sluice/core'

/** RFC 9457, with the platform's own members. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly next: string | null
  readonly facts: Readonly<Record<string, unknown>>
}

const statusOf: Partial<Record<ErrorCode, number>> = {
  not_found: 404,
  'lake.dataset_unknown': 404,
  'connection.unknown': 404,
  'request.invalid': 400,
  'input.invalid': 422,
  'lock.held': 409,
  'lake.conflict': 409,
  'migration.drift': 409,
  'source.rate_limited': 503,
  'bug.unreachable': 500,
  'config.invalid': 500,
  'config.missing': 500,
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Clients see the words of our own errors; of anything else only that it happened, the rest is for the server's log. */
export function toProblem(thrown: unknown): Problem {
  const error = isSluiceError(thrown)
    ? thrown
    : new SluiceError('bug.unreachable', 'the server failed in a way it should not', {
        next: 'Please report this with the lines the server wrote about it.',
      })
  const status = httpStatus(error)
  return {
    type: `urn:sluice:error:${error.code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    next: error.next ?? null,
    facts: error.facts,
  }
}

function httpStatus(error: SluiceError): number {
  if (error.code === 'request.denied') return error.facts.anonymous === true ? 401 : 403
  const known = statusOf[error.code]
  if (known !== undefined) return known
  const kind = kindOf(error.code)
  return kind === 'retryable' ? 503 : kind === 'bug' ? 500 : 422
}

export function problemResponse(thrown: unknown): Response {
  const problem = toProblem(thrown)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="sluice"'
  if (isSluiceError(thrown) && thrown.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(thrown.retryAfterMs / 1_000))
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** The error a problem tells of: what the client throws, so that a command says the same words over HTTP as in process. */
export function fromProblem(body: unknown, status: number): SluiceError {
  const problem = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  const code = problem.code ?? (status === 404 ? 'not_found' : status >= 500 ? 'bug.unreachable' : 'request.invalid')
  return new SluiceError(code, problem.detail ?? `the server answered ${status}`, {
    facts: { ...problem.facts, status },
    ...(typeof problem.next === 'string' ? { next: problem.next } : {}),
  })
}
