import { hkdfSync } from 'node:crypto'

/**
 * What the key of a state directory is used for. Each use has a key of its own, from which neither the key nor another one can be found.
 */
export type KeyUse = 'token' | 'login link' | 'owner session' | 'user session'

/** HKDF (RFC 5869). The key is 256 random bits, so that it needs no salt. */
export const subKey = (key: string, use: KeyUse): Buffer => Buffer.from(hkdfSync('sha256', key, '', `sluice ${use}`, 32))

/** The owner's token: what programs send instead of the key, which then never leaves the machine. */
export const ownerToken = (key: string): string => `sluice_owner_${subKey(key, 'token').toString('base64url')}`
