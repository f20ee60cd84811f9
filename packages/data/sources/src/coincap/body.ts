import type { SluiceError } from '@sluice/core'
import { z } from 'zod'
import { sourceErrors } from '../errors.ts'

/** Every number is a string in JSON and stays one until SQL. Rows may hold nulls. */
const numeric = z.string().nullable()

const asset = z.looseObject({
  id: z.string().nullable(),
  rank: numeric,
  symbol: z.string().nullable(),
  name: z.string().nullable(),
  supply: numeric,
  maxSupply: numeric.optional(),
  marketCapUsd: numeric,
  volumeUsd24Hr: numeric,
  priceUsd: numeric,
  changePercent24Hr: numeric,
  vwap24Hr: numeric.optional(),
})

const point = z.looseObject({ priceUsd: numeric, time: z.number() })

const shutdown = z.looseObject({ data: z.looseObject({ message: z.string() }) })

const kinds = {
  assets: { envelope: z.looseObject({ data: z.array(z.unknown()), timestamp: z.number() }), item: asset },
  history: { envelope: z.looseObject({ data: z.array(z.unknown()), timestamp: z.number().optional() }), item: point },
}

/**
 * Checks a body that has been landed; answers with the number of its rows. A row that is odd refuses no page: rows are for quarantine to
 * judge. Where every row is odd, the API has changed.
 * @throws `source.malformed` (cut off, not JSON), `source.shutdown` (the v2 farewell, an object in `data`), `source.schema`.
 */
export function checkBody(kind: keyof typeof kinds, text: string): number {
  const parsed = parse(text)
  const farewell = farewellOf(parsed)
  if (farewell !== undefined) throw farewell
  const { envelope, item } = kinds[kind]
  const body = envelope.safeParse(parsed)
  if (!body.success) throw changed(kind, [], body.error.issues)
  const rows = body.data.data
  const odd = rows.map((row) => item.safeParse(row).error)
  const [first] = odd
  if (first !== undefined && odd.every((error) => error !== undefined)) throw changed(kind, ['data', 0], first.issues)
  return rows.length
}

function changed(kind: keyof typeof kinds, at: readonly PropertyKey[], issues: readonly z.core.$ZodIssue[]): SluiceError {
  const [issue] = issues
  const field = [...at, ...(issue?.path ?? [])].join('.')
  return sourceErrors.schema(`CoinCap ${kind}: field ${field || '(body)'}: ${issue?.message ?? 'unexpected shape'}`, {
    facts: { field, issues: issues.length },
    next: 'The API has changed its format. Compare its answer with its documentation, then adapt the client.',
  })
}

/** The v2 shutdown notice came with HTTP 200 and with 429 alike; with 429 it must not be taken for a rate limit and tried again. */
export function readRefusal(_status: number, text: string): SluiceError | undefined {
  try {
    return farewellOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function farewellOf(parsed: unknown): SluiceError | undefined {
  const farewell = shutdown.safeParse(parsed)
  if (!farewell.success) return undefined
  return sourceErrors.shutdown(`CoinCap answers with a notice instead of data: ${farewell.data.data.message}`, {
    next: 'This API version is switched off. Point the connection at https://rest.coincap.io/v3 and set its key.',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw sourceErrors.malformed(`CoinCap sent a body that is not complete JSON (${text.length} characters)`, {
      cause,
      facts: { characters: text.length, ending: text.slice(-40) },
      next: 'The answer was cut off on its way; it is asked for again.',
    })
  }
}
