/** Made without looking at how the platform spells: what it forgets is to be found. */
export const spellings = {
  plain: (secret: string) => secret,
  capitals: (secret: string) => secret.toUpperCase(),
  small: (secret: string) => secret.toLowerCase(),
  backwards: (secret: string) => [...secret].toReversed().join(''),
  apart: (secret: string) => [...secret].join('-'),
  base64: (secret: string) => Buffer.from(secret).toString('base64'),
  base64url: (secret: string) => Buffer.from(secret).toString('base64url'),
  basic: (secret: string) => Buffer.from(`user:${secret}`).toString('base64'),
  hex: (secret: string) => Buffer.from(secret).toString('hex'),
  hexCapitals: (secret: string) => Buffer.from(secret).toString('hex').toUpperCase(),
  hexPairs: (secret: string) => [...Buffer.from(secret)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
  url: (secret: string) => encodeURIComponent(secret),
  urlTwice: (secret: string) => encodeURIComponent(encodeURIComponent(secret)),
  urlFourTimes: (secret: string) => [1, 2, 3, 4].reduce((text) => encodeURIComponent(text), secret),
  jsonFourTimes: (secret: string) => [1, 2, 3, 4].reduce((text) => JSON.stringify(text), secret).slice(15, -15),
  jsonInUrl: (secret: string) => encodeURIComponent(JSON.stringify({ secret })).slice(19, -6),
  base64Twice: (secret: string) => Buffer.from(Buffer.from(secret).toString('base64')).toString('base64'),
  utf16: (secret: string) => Buffer.from(secret, 'utf16le').toString('base64'),
  json: (secret: string) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
} satisfies Readonly<Record<string, (secret: string) => string>>

export const spelled = (secret: string): readonly string[] => Object.values(spellings).map((spell) => spell(secret))
