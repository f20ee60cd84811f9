import type { Pages, RestSource } from '@sluice/author'
import { type AnswersFact, exactJson, given, isSluiceError } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import { type Answer, answerOf } from './answer.ts'
import { ask } from './ask.ts'
import { chunksOf, halvesOf } from './chunks.ts'
import { type IdsAccount, idsAccount } from './ids-account.ts'
import { firstPage, nextPage } from './next-page.ts'
import { type Facts, NothingNew, type RestPull } from './pull.ts'
import { type Place, requestOf, type Values } from './request.ts'
import { keysOf, mayBeRounded, valueAt } from './value-at.ts'
import { greaterOf, isFarAhead, windowOf } from './window.ts'

/** So many chunks in succession that fail without an id at fault: the service is down. */
const mostInSuccession = 3

/**
 * Asks page after page, chunk after chunk. Each answer is judged before it is landed; one that ends the pull is handed on first, so that
 * the lake keeps it among the rejected ones.
 */
export function restPages(pull: RestPull): { readonly pages: Pages; told(): AnswersFact } {
  const { source, log, ids = [] } = pull
  const account = idsAccount(ids.length, log)
  const facts: Facts = { source: source.name, requests: 0 }
  if (source.rows !== undefined) facts.rows = 0
  return {
    pages: read(pull, facts, account),
    told: () => ({ ...facts, ...(source.ids === undefined ? {} : { ids: account.told() }) }),
  }
}

async function* read(pull: RestPull, facts: Facts, account: IdsAccount): Pages {
  const { source, interval, before, log, ids = [] } = pull
  const window = source.incremental === undefined ? {} : windowOf(source.incremental, interval, before?.greatest)
  Object.assign(facts, given(window), given({ greatest: before?.greatest }))
  if (source.ids !== undefined && ids.length === 0) throw new NothingNew('there is no id to ask for')
  const degraded = (await pull.purse?.admit())?.degraded ?? false
  const most = source.most === undefined ? undefined : degraded ? (source.most.spared ?? source.most.rows) : source.most.rows
  const at: Listed = { pull, facts, window, most, ahead: { rows: 0, greatest: undefined } }
  if (source.ids === undefined) yield* listing(at, {})
  else yield* byIds(at, ids, account)
  if (source.ids !== undefined) account.refuseTooMany(source.name, source.ids.fail)
  tellAhead(at)
  const { requests, rows, since, until, greatest } = facts
  log.info(
    `pulled ${source.name}`,
    given({ requests, rows, since, until, greatest, ids: source.ids === undefined ? undefined : countsOf(account) }),
  )
}

const countsOf = (account: IdsAccount) => {
  const { asked, fetched, missingCount, failedCount } = account.told()
  return { asked, fetched, missing: missingCount, failed: failedCount }
}

interface Listed {
  readonly pull: RestPull
  readonly facts: Facts
  readonly window: Values
  readonly most: number | undefined
  /** Rows whose time lies too far ahead to begin the next run. */
  readonly ahead: { rows: number; greatest: string | undefined }
}

async function* byIds(at: Listed, ids: readonly string[], account: IdsAccount): Pages {
  const { source } = at.pull
  const { atOnce = 1, field } = source.ids ?? {}
  const waiting = [...chunksOf(ids, atOnce)]
  let [inSuccession, landed, passing] = [0, 0, 0]
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
      } else if (sourceErrors.server_error.is(thrown) && ++inSuccession < mostInSuccession) {
        account.failed(chunk, thrown.message)
        passing += chunk.length
      } else throw thrown
    }
  }
  if (passing > 0) stayBehind(at, passing)
  if (landed > 0) return
  account.refuseTooMany(source.name, 0)
  throw new NothingNew('the source has nothing of the ids')
}

/** Rows of ids that the service could not answer lie behind the greatest value of the others: the next run asks for them once more. */
function stayBehind({ facts, pull: { source, before, log } }: Listed, ids: number): void {
  if (source.incremental?.by !== 'greatest') return
  delete facts.greatest
  Object.assign(facts, given({ greatest: before?.greatest }))
  log.warn(`${source.name}: the service did not answer for ${ids === 1 ? '1 id' : `${ids} ids`}: the next run begins where this one did`, {
    ids,
  })
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
    const asked = await ask(pull, facts, request)
    if (asked === undefined) return
    const { page, response, answer, failure } = asked
    yield page
    if (failure !== undefined) throw failure
    if (answer === undefined && source.pages === undefined) return
    const read = answer ?? { body: undefined, text: '', headers: response.headers, rows: undefined, ids: [] }
    if (read.rows !== undefined) facts.rows = (facts.rows ?? 0) + read.rows.length
    answers(read.ids)
    const next = orTooDeep(source.name, () => {
      seeGreatest(at, read, Math.max(pull.interval.end, response.receivedAt))
      return nextPage(source.name, source.pages, now, { ...read, url: response.url }, most)
    })
    going = next !== undefined
    now = next ?? now
  }
}

/** JSON is parsed at any depth, and written or read exactly only as deep as the stack goes. */
function orTooDeep<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    throw sourceErrors.schema(`${name}: the answer is nested too deep to be read`, {
      cause: thrown,
      facts: { source: name },
      next: 'Look at the answer among the rejected ones; leave the field out where the API can.',
    })
  }
}

/**
 * A link leads on within the origin of the connection; to another one only where the connection names it. A service behind a proxy may
 * write http for https: it is asked by the protocol of the connection. Who signs in is for the connection to say, not for a link.
 */
function ofHost({ source, connection }: RestPull, place: Place): Place {
  if (place.kind !== 'url') return place
  const [url, home] = [new URL(place.url), new URL(connection.url)]
  if (url.hostname === home.hostname && url.protocol !== home.protocol && (url.port === '' || url.port === home.port))
    [url.protocol, url.port] = [home.protocol, home.port]
  const isHome = url.origin === home.origin
  ;[url.username, url.password] = isHome ? [home.username, home.password] : ['', '']
  const isNamed = url.protocol === home.protocol && connection.redirects?.some((host) => host === url.host || host === url.hostname)
  if (isHome || isNamed === true) return { kind: 'url', url: url.href }
  throw sourceErrors.redirected(`${source.name}: the next page is on another host, ${url.host}`, {
    facts: { source: source.name, host: url.host },
    next: `If it is to come from there, name it: redirects: ['${url.hostname}'] of the connection. Secrets do not go along.`,
  })
}

/** @param now the later one of the logical time and the moment of the answer: a run of the past sees what came since */
function seeGreatest({ pull: { source }, facts, ahead }: Listed, { rows = [], body, text, headers }: Answer, now: number): void {
  const { incremental } = source
  if (incremental?.by !== 'greatest') return
  const keys = keysOf(incremental.at)
  const isExact = !rows.some((row) => mayBeRounded(valueAt(row, keys)))
  const exact = isExact || body === undefined ? rows : (answerOf(source, exactJson(text), text, headers).rows ?? [])
  for (const row of exact) {
    const value = valueAt(row, keys)
    if (value === null || value === undefined) continue
    const greater = (than: string | undefined): string => greaterOf(than, String(value), incremental.as ?? 'iso')
    if (isFarAhead(String(value), incremental, now)) {
      ahead.rows++
      ahead.greatest = greater(ahead.greatest)
    } else facts.greatest = greater(facts.greatest)
  }
}

function tellAhead({ pull: { source, log }, ahead: { rows, greatest } }: Listed): void {
  const { incremental } = source
  if (rows === 0 || incremental?.by !== 'greatest') return
  const { at, ahead = '1d' } = incremental
  log.warn(
    `${source.name}: ${rows} ${rows === 1 ? 'row says' : 'rows say'} ${at} up to ${greatest}, more than ${ahead} ahead: the next run does not begin there`,
    { event: 'ahead', source: source.name, rows, greatest },
  )
}
