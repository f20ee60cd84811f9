import type { AssetBody } from './quote.ts'

export interface Page {
  readonly limit: number
  readonly offset: number
}

const LARGEST_PAGE = 2000

/** `limit` (1 to 2000, default 100) and `offset` (default 0), or the sentence that refuses them. */
export function planPage(query: URLSearchParams): Page | string {
  const limit = wholeOf(query.get('limit') ?? '100')
  if (limit === undefined || limit < 1 || limit > LARGEST_PAGE) return `limit must be a whole number from 1 to ${LARGEST_PAGE}`
  const offset = wholeOf(query.get('offset') ?? '0')
  if (offset === undefined) return 'offset must be a whole number from 0'
  return { limit, offset }
}

/** Keeps what `search` finds in an id or a symbol, and what `ids` (comma separated) names; unknown ids are passed over. */
export function selectAssets(assets: readonly AssetBody[], query: URLSearchParams): readonly AssetBody[] {
  const search = query.get('search')?.trim().toLowerCase() ?? ''
  const ids = new Set((query.get('ids') ?? '').split(',').map((id) => id.trim().toLowerCase()))
  ids.delete('')
  return assets.filter(
    ({ id, symbol }) => (ids.size === 0 || ids.has(id)) && (search === '' || id.includes(search) || symbol.toLowerCase().includes(search)),
  )
}

function wholeOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
