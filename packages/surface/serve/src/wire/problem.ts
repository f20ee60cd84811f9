import { bugErrors, type ErrorCode, type ErrorKind, isSluiceError, notFound, requestErrors, SluiceError } from '@sluice/core'

/** RFC 9457, with the platform's own members. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly next: string | null
  readonly facts: Readonly<Record<string, unknown>>
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Clients see the words of our own errors; of anything else only that it happened, the rest is for the server's log. */
export function toProblem(thrown: unknown): Problem {
  const error = isSluiceError(thrown)
    ? thrown
    : bugErrors.unreachable('the server failed in a way it should not', {
        next: 'Please report this with the lines the server wrote about it.',
      })
  const status = httpStatus(error)
  return {
    type: `urn:sluice:error:${error.code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    kind: error.kind,
    next: error.next ?? null,
    facts: error.facts,
  }
}

/** Who has not said who they are may be allowed later; who has is not. */
const httpStatus = (error: SluiceError): number => (requestErrors.denied.is(error) && error.facts.anonymous === true ? 401 : error.status)

export function problemResponse(thrown: unknown): Response {
  const problem = toProblem(thrown)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="sluice"'
  if (isSluiceError(thrown) && thrown.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(thrown.retryAfterMs / 1_000))
  if (requestErrors.wrong_method.is(thrown)) headers.allow = thrown.facts.allow.join(', ')
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** The error a problem tells of: what the client throws, so that a command says the same words over HTTP as in process. */
export function fromProblem(body: unknown, status: number): SluiceError {
  const problem = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  const unknown = status === 404 ? notFound : status >= 500 ? bugErrors.unreachable : requestErrors.invalid
  const { code = unknown.code, kind = unknown.kind, detail = `the server answered ${status}`, next } = problem
  return new SluiceError({ code, kind, status }, detail, {
    facts: { ...problem.facts, status },
    ...(typeof next === 'string' ? { next } : {}),
  })
}
