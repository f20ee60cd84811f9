import type { Connection, OAuth } from '@sluice/author'
import { sourceErrors } from '../errors.ts'
import type { HttpRequest, HttpResponse } from './request.ts'
import { keyOf, opened, sealed } from './sealed.ts'

/** Where tokens are kept between tasks and processes, sealed. */
export interface TokenKeep {
  /** What is kept outlives the process. A refresh token that a service replaces is asked of no service where it does not. */
  readonly lasts: boolean
  /**
   * Alone, among all processes, with what is kept for a connection. What is given to `keep` is durable when this resolves.
   */
  alone<T>(connection: string, work: (kept: string | undefined, keep: (sealed: string) => Promise<void>) => Promise<T>): Promise<T>
}

/** Those of this process alone. */
export function tokensHere(): TokenKeep {
  const kept = new Map<string, string>()
  let before: Promise<unknown> = Promise.resolve()
  return {
    lasts: false,
    alone: (connection, work) => {
      const turn = before.then(() => work(kept.get(connection), async (text) => void kept.set(connection, text)))
      before = turn.catch(() => undefined)
      return turn
    },
  }
}

interface Kept {
  readonly access: string
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly refresh: string | null
}

/** A token is not used in its last minute: it would expire on its way. */
const marginMs = 60_000
/** Of a token whose service says nothing of it. */
const usualMs = 3_600_000

export interface Tokens {
  /** A token that goes with a request. `refused` is one that the service does not take any more. */
  of(connection: Connection & { readonly auth: OAuth<string> }, refused?: string): Promise<string>
}

/**
 * Access tokens of OAuth 2. Whoever needs a new one asks for it alone; whoever waited finds it. The refresh token that comes with it is
 * kept before the access token is used: a service that replaces refresh tokens takes none of them twice.
 */
export function accessTokens(keep: TokenKeep, send: (request: HttpRequest) => Promise<HttpResponse>, now: () => number = Date.now): Tokens {
  const known = new Map<string, Kept>()
  const isGood = (kept: Kept, refused: string | undefined): boolean => kept.access !== refused && kept.until - marginMs > now()
  return {
    async of(connection, refused) {
      const { name, auth } = connection
      const key = keyOf([auth.clientId, auth.clientSecret, auth.refreshToken ?? '', auth.scope ?? ''], name)
      const place = `${name} ${key.toString('base64')}`
      const here = known.get(place)
      if (here !== undefined && isGood(here, refused)) return here.access
      const fresh = await keep.alone(name, async (text, keepIt) => {
        const kept = text === undefined ? undefined : readKept(opened(key, text))
        if (kept !== undefined && isGood(kept, refused)) return kept
        if (!keep.lasts && auth.refreshToken !== undefined && !isHere(connection.url)) throw wouldBeLost(name)
        const made = await asked(connection, kept?.refresh ?? auth.refreshToken, send, now)
        await keepIt(sealed(key, JSON.stringify(made)))
        return made
      })
      known.set(place, fresh)
      return fresh.access
    },
  }
}

/** A simulator's tokens may be lost. */
const isHere = (url: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

const wouldBeLost = (name: string) =>
  sourceErrors.bad_request(
    `connection ${name} signs in with a refresh token, and nothing here outlives the process that could keep the next one`,
    {
      facts: { connection: name },
      next: 'Run it on the platform, whose database keeps it, or rehearse it against a simulator.',
    },
  )

/** What was sealed by an older version may be of another form: it counts as not there. */
function readKept(text: string | undefined): Kept | undefined {
  const { access, until, refresh } = fieldsOf(jsonOf(text ?? ''))
  return typeof access === 'string' && typeof until === 'number' && (typeof refresh === 'string' || refresh === null)
    ? { access, until, refresh }
    : undefined
}

const fieldsOf = (value: unknown): Readonly<Partial<Record<string, unknown>>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

async function asked(
  { name, url, auth }: Connection & { readonly auth: OAuth<string> },
  refresh: string | undefined,
  send: (request: HttpRequest) => Promise<HttpResponse>,
  now: () => number,
): Promise<Kept> {
  const inHeader = auth.clientIn === 'basic'
  const form = new URLSearchParams({
    ...auth.params,
    grant_type: refresh === undefined ? 'client_credentials' : 'refresh_token',
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(auth.scope === undefined ? {} : { scope: auth.scope }),
    ...(inHeader ? {} : { client_id: auth.clientId, client_secret: auth.clientSecret }),
  })
  const pair = `${encodeURIComponent(auth.clientId)}:${encodeURIComponent(auth.clientSecret)}`
  const response = await send({
    service: `the token service of ${name}`,
    method: 'POST',
    url: tokenUrlOf(url, auth.tokenUrl),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(inHeader ? { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } : {}),
    },
    body: form.toString(),
    expects: 'json',
    maxBytes: 2 ** 20,
    readRefusal: (status, body) => refusal(name, status, body),
  })
  const answer = fieldsOf(jsonOf(await response.text()))
  const [access, next] = [textIn(answer.access_token), textIn(answer.refresh_token)]
  const [seconds, at] = [secondsIn(answer.expires_in), secondsIn(answer.expires_at)]
  const odd =
    typeof access !== 'string'
      ? 'access_token'
      : next === null
        ? 'refresh_token'
        : seconds === null
          ? 'expires_in'
          : at === null
            ? 'expires_at'
            : undefined
  if (odd !== undefined || typeof access !== 'string') {
    throw sourceErrors.schema(
      odd === 'access_token'
        ? `the token service of ${name} answers without an access token`
        : `the token service of ${name} answers with an odd ${odd}`,
      {
        facts: { connection: name, field: odd ?? 'access_token' },
        next: 'Compare its answer with RFC 6749, 5.1, and correct tokenUrl of the connection.',
      },
    )
  }
  const until = typeof seconds === 'number' ? now() + seconds * 1_000 : typeof at === 'number' ? at * 1_000 : now() + usualMs
  return { access, until, refresh: next ?? refresh ?? null }
}

/** `undefined` for nothing, `null` for what is not one. */
const textIn = (value: unknown): string | undefined | null =>
  value === undefined || value === null ? undefined : typeof value === 'string' && value !== '' ? value : null

/** Some services write seconds as text. */
const secondsIn = (value: unknown): number | undefined | null =>
  value === undefined || value === null ? undefined : /^\d+(?:\.\d+)?$/.test(String(value)) ? Number(value) : null

/** A path is meant from the URL of the connection: with a slash before it from its host. */
const tokenUrlOf = (url: string, tokenUrl: string): string => new URL(tokenUrl, url.endsWith('/') ? url : `${url}/`).href

/** RFC 6749, 5.2. The answer may repeat a secret: of it only the code is told. */
function refusal(name: string, status: number, body: string): Error | undefined {
  const parsed: unknown = jsonOf(body)
  const code = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? String(parsed.error) : undefined
  if (code === undefined || !/^[a-z_]{1,60}$/.test(code) || status >= 500 || status === 429) return undefined
  return sourceErrors.unauthorized(`the token service of ${name} refuses: ${code} (${status})`, {
    facts: { connection: name, status, error: code },
    next:
      code === 'invalid_grant'
        ? 'The refresh token is spent or was taken back: let its owner agree once more, and set the new one where the connection takes it from.'
        : 'Check the credentials of the client; "sluice config explain KEY" shows where they come from.',
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
