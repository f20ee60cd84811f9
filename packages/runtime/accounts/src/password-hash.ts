import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** What a derivation costs: N and r of memory, all three of time. */
export interface PasswordCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 32 MiB and about 0.2 s a password: one of the equivalent settings of OWASP's password storage cheat sheet. */
export const lastingCost: PasswordCost = { N: 2 ** 15, r: 8, p: 3 }
const hashBytes = 32

/** `scrypt$N$r$p$salt$hash`, both in base64url: a later change of the cost leaves older hashes readable. */
export async function hashPassword(password: string, cost = lastingCost): Promise<string> {
  const salt = randomBytes(16)
  return encode(cost, salt, await derive(password, salt, cost))
}

/** No password has this hash; comparing with it costs what comparing with a user's does. */
export const nobodysHash = (cost = lastingCost): string => encode(cost, Buffer.alloc(16), Buffer.alloc(hashBytes))

/** Takes the same time for every password. A text that is not a hash fits no password. */
export async function passwordFits(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = '', ...rest] = stored.split('$')
  if (scheme !== 'scrypt' || hash === '' || rest.length > 0) return false
  const wanted = Buffer.from(hash, 'base64url')
  const given = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return wanted.length === given.length && timingSafeEqual(given, wanted)
}

function encode({ N, r, p }: PasswordCost, salt: Buffer, hash: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** The same characters are the same password, however a keyboard composes them (NFKC). */
const derive = (password: string, salt: Buffer, { N, r, p }: PasswordCost) =>
  new Promise<Buffer>((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
