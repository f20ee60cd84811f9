import type { Settings } from './settings.ts'

/** Shorter texts occur everywhere: to mask them would make a log unreadable and hide nothing. */
const shortest = 4

/**
 * The texts that must not appear in logs and answers, longest first: the values of secrets from all their sources (those that did not win
 * included), the password of the database, and each of them as it is written in JSON and in a URL.
 */
export function secretValues(settings: Settings): readonly string[] {
  const values = settings.values
    .filter((setting) => setting.secret)
    .flatMap((setting) => setting.candidates.flatMap(({ value }) => (value === null ? [] : [String(value)])))
  const passwords = values.flatMap((value) => (URL.canParse(value) ? passwordsOf(new URL(value)) : []))
  const spellings = [...values, ...passwords].flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
  return [...new Set(spellings)].filter((value) => value.length >= shortest).sort((a, b) => b.length - a.length)
}

/** As written, and decoded. */
function passwordsOf({ password }: URL): readonly string[] {
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
