import { pickAt, randomKey } from '@sluice/simulator-kit'
import type { CatalogueAsset, Chain } from './catalogue.ts'

type Letters = readonly [string, ...string[]]

const HEXADECIMAL = [...'0123456789abcdef'] as unknown as Letters
const BASE58 = [...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'] as unknown as Letters

const EXPLORERS: Record<Chain, string> = {
  '1': 'https://etherscan.io/token/',
  '56': 'https://bscscan.com/token/',
  '101': 'https://solscan.io/token/',
}

/** `{ chain: [addresses] }`, empty for the coin of a chain. Addresses are invented: right form, nobody's contract. */
export function tokensOf(asset: CatalogueAsset): Readonly<Record<string, readonly string[]>> {
  return asset.chain === undefined ? {} : { [asset.chain]: [addressOf(asset.slug, asset.chain)] }
}

export function explorerOf(asset: CatalogueAsset): string {
  return asset.chain === undefined ? `https://blockchair.com/${asset.slug}` : EXPLORERS[asset.chain] + addressOf(asset.slug, asset.chain)
}

function addressOf(slug: string, chain: Chain): string {
  const key = randomKey(0, 'address', slug)
  const letters = (alphabet: Letters, length: number) => Array.from({ length }, (_, index) => pickAt(key, index, alphabet)).join('')
  return chain === '101' ? letters(BASE58, 44) : `0x${letters(HEXADECIMAL, 40)}`
}
