import type { Settings } from './settings.ts'

/**
 * The texts that must not appear in logs and answers: the values of secrets from all their sources, those that did not win included, and
 * the password in each that is a URL.
 */
export function secretValues({ values }: Settings): readonly string[] {
  const secrets = values
    .filter((setting) => setting.secret)
    .flatMap((setting) => setting.candidates.flatMap(({ value }) => (value === null ? [] : [String(value)])))
  const passwords = secrets.flatMap((value) => (URL.canParse(value) ? passwordsOf(new URL(value)) : []))
  return [...new Set([...secrets, ...passwords])]
}

/** As written, and decoded. */
function passwordsOf({ password }: URL): readonly string[] {
  if (password === '') return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
