import { creditsOf, type LandedPage, type RestSource } from '@sluice/author'
import { durationMs, given, hashText } from '@sluice/core'
import type { HttpRequest, HttpResponse } from '../http/request.ts'
import { type Answer, answerOf, parsed, type Verdict, verdictOf } from './answer.ts'
import { codeError, refusalIn } from './code-error.ts'
import { type Facts, NothingNew, type RestPull } from './pull.ts'
import { valueAt } from './value-at.ts'

/** Answers of one body beyond it are not looked into. */
const judgedBytes = 256 * 2 ** 20
/** Once answers have come, a limit of the service is waited out here: to begin anew would cost them again. */
const longestWait = durationMs('1h')
export interface Asked {
  readonly page: LandedPage
  readonly response: HttpResponse
  readonly answer: Answer | undefined
  /** What the pull ends with, once the page is handed on. */
  readonly failure: unknown
}

/** `undefined`: the source says that there is nothing. */
export async function ask(pull: RestPull, facts: Facts, request: Omit<HttpRequest, 'connection'>): Promise<Asked | undefined> {
  const { source, connection } = pull
  const isJudged = looksInto(source)
  for (let tries = 1; ; tries++) {
    const response = await sent(pull, facts, {
      ...request,
      service: source.name,
      connection,
      expects: isJudged ? 'json' : 'text',
      ...(isJudged ? { maxBytes: judgedBytes } : {}),
      ...(facts.requests > 0 ? { maxWaitMs: longestWait } : {}),
      readRefusal: (status, text) => refusalIn(source, status, text),
    })
    if (response === undefined) return undefined
    facts.requests++
    const page = pageOf(pull, request, response)
    if (source.conditional) seeValidators(response, facts)
    if (!isJudged) return { page: page(response.body, ''), response, answer: undefined, failure: undefined }
    const text = await response.text()
    const whole = page(text, text)
    const judged = judge(source, text, response)
    if (judged.verdict === undefined) return { page: whole, response, answer: judged.answer, failure: judged.failure }
    if (judged.verdict.kind === 'nothing')
      return { page: whole, response, answer: { ...empty, text, headers: response.headers }, failure: undefined }
    const error = codeError(source, judged.verdict)
    if (judged.verdict.kind === 'spoils') throw error
    if (judged.verdict.kind === 'refused' || tries >= 4) return { page: whole, response, answer: undefined, failure: error }
    await pull.pause(Math.max(durationMs(source.code?.after ?? '0s'), 500 * 2 ** (tries - 1)))
  }
}

const empty = { body: undefined, rows: [], ids: [] } as const

/** A source that says nothing of its rows, codes or pages is landed unread. */
const looksInto = ({ rows, code, credits, pages }: RestSource): boolean =>
  rows !== undefined ||
  code !== undefined ||
  credits !== undefined ||
  (pages !== undefined && 'at' in pages && typeof pages.at === 'string')

async function sent({ source, before, http }: RestPull, facts: Facts, request: HttpRequest): Promise<HttpResponse | undefined> {
  // Of what was asked it counts whether it is the same: a body may be long.
  const asked = hashText(
    JSON.stringify([request.method ?? 'GET', request.url, request.query ?? {}, request.headers ?? {}, request.body ?? '']),
  )
  if (source.conditional) facts.request = asked
  const known = source.conditional && before?.request === asked ? given({ etag: before.etag, lastModified: before.lastModified }) : {}
  const unlessChanged = Object.keys(known).length === 0 ? {} : { unlessChanged: known }
  const response = await http.request({ ...request, ...unlessChanged, bodiless: source.nothing })
  if (response.status === 304) throw new NothingNew('not modified (304)')
  if (!source.nothing.includes(response.status)) return response
  if (facts.requests === 0 && source.ids === undefined) throw new NothingNew(`the source has nothing (${response.status})`)
  return undefined
}

function seeValidators({ headers }: HttpResponse, facts: Facts): void {
  Object.assign(facts, given({ etag: headers.etag, lastModified: headers['last-modified'] }))
}

const pageOf =
  ({ source, purse }: RestPull, request: Pick<HttpRequest, 'method'>, response: HttpResponse) =>
  (body: LandedPage['body'], text: string): LandedPage => ({
    source: source.name,
    request: `${request.method ?? 'GET'} ${response.url}`,
    receivedAt: response.receivedAt,
    body,
    credits: (bytes) => costOf(source, text) ?? (purse === undefined ? 0 : creditsOf(purse.tariff, bytes)),
  })

/** What the answer itself says. */
function costOf({ credits }: RestSource, text: string): number | undefined {
  if (credits === undefined || text === '') return undefined
  const said = Number(valueAt(JSON.parse(text), credits) ?? Number.NaN)
  return said >= 0 ? said : undefined
}

interface Judged {
  readonly verdict?: Exclude<Verdict, { readonly kind: 'good' }>
  readonly answer?: Answer
  readonly failure?: unknown
}

function judge(source: RestSource, text: string, { headers }: HttpResponse): Judged {
  try {
    const body = parsed(source, text)
    const verdict = verdictOf(source, body, text)
    return verdict.kind === 'good' ? { answer: answerOf(source, body, text, headers) } : { verdict }
  } catch (failure) {
    return { failure }
  }
}
