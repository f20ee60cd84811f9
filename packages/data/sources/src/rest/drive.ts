import {
  type Admission,
  type Connection,
  type CreditTariff,
  creditsOf,
  type LandedPage,
  type Logger,
  type Pages,
  type RestSource,
} from '@sluice/author'
import { type AnswersFact, durationMs, exactJson, given, type Interval, isSluiceError } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../http/request.ts'
import { type Answer, answerOf, parsed, type Verdict, verdictOf } from './answer.ts'
import { chunksOf, halvesOf } from './chunks.ts'
import { type IdsAccount, idsAccount } from './ids-account.ts'
import { firstPage, nextPage } from './next-page.ts'
import { type Place, requestOf, type Values } from './request.ts'
import { keysOf, mayBeRounded, valueAt } from './value-at.ts'
import { greaterOf, windowOf } from './window.ts'

/** The budget that calls are paid from, as `budget(name)` of a task gives it. */
export interface Purse {
  readonly tariff: CreditTariff
  admit(): Promise<Pick<Admission, 'degraded'>>
}

/** A pull of an API, with everything that it goes by. */
export interface RestPull {
  readonly source: RestSource
  readonly connection: Connection
  readonly http: HttpClient
  readonly log: Logger
  readonly interval: Interval
  /** What the newest receipt before this run says, and nothing in the first. */
  readonly before?: AnswersFact | undefined
  /** Where the source asks by id. */
  readonly ids?: readonly string[] | undefined
  /** Asked before the first call. */
  readonly purse?: Purse | undefined
  readonly pause: (ms: number) => Promise<unknown>
}

/** The source has nothing new: nothing is landed. */
export class NothingNew extends Error {
  override readonly name = 'SluiceNothingNew'
}

/** Answers of one body beyond it are not looked into. */
const judgedBytes = 256 * 2 ** 20
/** Once answers have come, a limit of the service is waited out here: to begin anew would cost them again. */
const longestWait = durationMs('1h')
/** So many chunks in succession that fail without an id at fault: the service is down. */
const mostInSuccession = 3

/**
 * Asks page after page, chunk after chunk. Each answer is judged before it is landed; one that ends the pull is handed on first, so that
 * the lake keeps it among the rejected ones.
 */
export function restPages(pull: RestPull): { readonly pages: Pages; told(): AnswersFact } {
  const { source, log, ids = [] } = pull
  const account = idsAccount(ids.length, log)
  const facts: Mutable<AnswersFact> = { source: source.name, requests: 0 }
  if (source.rows !== undefined) facts.rows = 0
  return {
    pages: read(pull, facts, account),
    told: () => ({ ...facts, ...(source.ids === undefined ? {} : { ids: account.told() }) }),
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

async function* read(pull: RestPull, facts: Mutable<AnswersFact>, account: IdsAccount): Pages {
  const { source, interval, before, log, ids = [] } = pull
  const window = source.incremental === undefined ? {} : windowOf(source.incremental, interval, before?.greatest)
  Object.assign(facts, given(window), given({ greatest: before?.greatest }))
  if (source.ids !== undefined && ids.length === 0) throw new NothingNew('there is no id to ask for')
  const degraded = (await pull.purse?.admit())?.degraded ?? false
  const most = source.most === undefined ? undefined : degraded ? (source.most.spared ?? source.most.rows) : source.most.rows
  const at: Listed = { pull, facts, window, most }
  if (source.ids === undefined) yield* listing(at, {})
  else yield* byIds(at, ids, account)
  if (source.ids !== undefined) account.refuseTooMany(source.name, source.ids.fail)
  log.info(`pulled ${source.name}`, { ...facts, ...(source.ids === undefined ? {} : { ids: countsOf(account) }) })
}

const countsOf = (account: IdsAccount) => {
  const { asked, fetched, missingCount, failedCount } = account.told()
  return { asked, fetched, missing: missingCount, failed: failedCount }
}

interface Listed {
  readonly pull: RestPull
  readonly facts: Mutable<AnswersFact>
  readonly window: Values
  readonly most: number | undefined
}

async function* byIds(at: Listed, ids: readonly string[], account: IdsAccount): Pages {
  const { source } = at.pull
  const { atOnce = 1, field } = source.ids ?? {}
  const waiting = [...chunksOf(ids, atOnce)]
  let [inSuccession, landed] = [0, 0]
  for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
    const answered: string[] = []
    let pages = 0
    try {
      for await (const page of listing(at, { ids: chunk }, (more) => answered.push(...more))) {
        pages++
        yield page
      }
      landed += pages
      const isSaid = pages === 0 || field !== undefined || isKeyed(source)
      account.fetched(chunk, isSaid ? answered : undefined)
      inSuccession = 0
    } catch (thrown) {
      // What has begun to be landed is not taken back: only a first answer may fail alone.
      if (pages > 0 || !isSluiceError(thrown)) throw thrown
      if (isSpoiled(source, thrown)) {
        const halves = halvesOf(chunk)
        if (halves.length === 0) account.failed(chunk, thrown.message)
        waiting.unshift(...halves)
      } else if (sourceErrors.server_error.is(thrown) && ++inSuccession < mostInSuccession) account.failed(chunk, thrown.message)
      else throw thrown
    }
  }
  if (landed > 0) return
  account.refuseTooMany(source.name, 0)
  throw new NothingNew('the source has nothing of the ids')
}

/** An object by id: its keys are the ids that it answers. */
const isKeyed = ({ rows }: RestSource): boolean => rows !== undefined && !rows.each && rows.keys.length > 0

const isSpoiled = ({ ids }: RestSource, error: { readonly facts: Readonly<Record<string, unknown>> }): boolean =>
  error.facts.spoils === true || (typeof error.facts.status === 'number' && (ids?.spoiledBy.includes(error.facts.status) ?? false))

async function* listing(at: Listed, chunk: Pick<Values, 'ids'>, answers: (ids: readonly string[]) => void = () => undefined): Pages {
  const { pull, facts, window, most } = at
  const { source } = pull
  for (let now = firstPage(source.pages, most), going = true; going; ) {
    const request = { ...requestOf(source, pull.connection.url, ofHost(pull, now.place), { ...window, ...chunk }, now.asks) }
    const given = await answered(pull, facts, request)
    if (given === undefined) return
    yield given.page
    if (given.failure !== undefined) throw given.failure
    const { answer } = given
    if (answer === undefined && source.pages === undefined) return
    const read = answer ?? { body: undefined, text: '', headers: given.response.headers, rows: undefined, ids: [] }
    if (read.rows !== undefined) facts.rows = (facts.rows ?? 0) + read.rows.length
    seeGreatest(source, read, facts)
    answers(read.ids)
    const next = nextPage(source.name, source.pages, now, { ...read, url: given.response.url }, most)
    going = next !== undefined
    now = next ?? now
  }
}

/** A link leads on within its host, by the protocol of the connection; to another one only where the connection names it. */
function ofHost({ source, connection }: RestPull, place: Place): Place {
  if (place.kind !== 'url') return place
  const [url, home] = [new URL(place.url), new URL(connection.url)]
  if (url.hostname === home.hostname) {
    if (url.protocol !== home.protocol) [url.protocol, url.port] = [home.protocol, home.port]
    return { kind: 'url', url: url.href }
  }
  if (connection.redirects?.some((host) => host === url.host || host === url.hostname) === true && url.protocol === home.protocol)
    return place
  throw sourceErrors.redirected(`${source.name}: the next page is on another host, ${url.host}`, {
    facts: { source: source.name, host: url.host },
    next: `If it is to come from there, name it: redirects: ['${url.hostname}'] of the connection. Secrets do not go along.`,
  })
}

interface Given {
  readonly page: LandedPage
  readonly response: HttpResponse
  readonly answer: Answer | undefined
  /** What the pull ends with, once the page is handed on. */
  readonly failure: unknown
}

/** `undefined`: the source says that there is nothing. */
async function answered(pull: RestPull, facts: Mutable<AnswersFact>, request: Omit<HttpRequest, 'connection'>): Promise<Given | undefined> {
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

async function sent(
  { source, before, http }: RestPull,
  facts: Mutable<AnswersFact>,
  request: HttpRequest,
): Promise<HttpResponse | undefined> {
  const asked = `${request.method ?? 'GET'} ${request.url}${JSON.stringify(request.query ?? {})}${request.body ?? ''}`
  if (source.conditional) facts.request = asked
  const known = source.conditional && before?.request === asked ? given({ etag: before.etag, lastModified: before.lastModified }) : {}
  try {
    const response = await http.request({ ...request, ...(Object.keys(known).length === 0 ? {} : { unlessChanged: known }) })
    if (response.status === 304) throw new NothingNew('not modified (304)')
    return response
  } catch (thrown) {
    const status = isSluiceError(thrown) ? thrown.facts.status : undefined
    if (typeof status !== 'number' || !source.nothing.includes(status)) throw thrown
    if (facts.requests === 0 && source.ids === undefined) throw new NothingNew(`the source has nothing (${status})`)
    return undefined
  }
}

function seeValidators({ headers }: HttpResponse, facts: Mutable<AnswersFact>): void {
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

/** Services tell their code with an HTTP status of a refusal, too; there it says whether another try makes sense. */
function refusalIn(source: RestSource, status: number, text: string): Error | undefined {
  if (source.code === undefined) return undefined
  try {
    const verdict = verdictOf(source, JSON.parse(text), text)
    if (verdict.kind === 'good' || verdict.kind === 'nothing') return undefined
    // A failure of the server passes, whatever the code, unless the declaration knows it.
    return verdict.kind === 'refused' && status >= 500 ? undefined : codeError(source, verdict, status)
  } catch {
    return undefined
  }
}

function codeError(source: RestSource, verdict: Verdict, status?: number): Error {
  const { code = '', message } = verdict as { readonly code?: string; readonly message?: string }
  const facts = { source: source.name, code, ...given({ status }), ...(verdict.kind === 'spoils' ? { spoils: true } : {}) }
  const said = `${source.name} answers with the code ${code}${message === undefined ? '' : `: ${message.slice(0, 300)}`}`
  if (verdict.kind !== 'again') {
    return sourceErrors.answer_refused(said, {
      facts,
      next: 'Look up the code in the documentation of the service. If it is a good one, or one that passes, say so: code: { good, again }.',
    })
  }
  const { after } = source.code ?? {}
  return sourceErrors.answer_failed(said, {
    facts,
    next: 'It is asked for again. If it goes on, look up the code in the documentation of the service.',
    ...(after === undefined ? {} : { retryAfterMs: durationMs(after) }),
  })
}

function seeGreatest(source: RestSource, { rows = [], body, text, headers }: Answer, facts: Mutable<AnswersFact>): void {
  const { incremental } = source
  if (incremental?.by !== 'greatest') return
  const keys = keysOf(incremental.at)
  const isExact = !rows.some((row) => mayBeRounded(valueAt(row, keys)))
  const exact = isExact || body === undefined ? rows : (answerOf(source, exactJson(text), text, headers).rows ?? [])
  for (const row of exact) {
    const value = valueAt(row, keys)
    if (value === null || value === undefined) continue
    facts.greatest = greaterOf(facts.greatest, String(value), incremental.as ?? 'iso')
  }
}
