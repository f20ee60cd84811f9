import type { Setting } from './resolve.ts'
import type { Settings } from './settings.ts'

/**
 * The texts that must not appear in logs and answers: the values of secrets from all their sources, those that did not win included, and
 * the password in each setting that is a URL, secret or not.
 */
export function secretValues({ values }: Pick<Settings, 'values'>): readonly string[] {
  const textsOf = ({ candidates }: Setting): readonly string[] => candidates.flatMap(({ value }) => (value === null ? [] : [String(value)]))
  const secrets = values.filter(({ secret }) => secret).flatMap(textsOf)
  return [...new Set([...secrets, ...values.flatMap(textsOf).flatMap(passwordsOfUrl)])]
}

/**
 * What the environment of a process holds of its own: the credentials of a cloud, of a registry, of a program beside. They are known by the
 * name of their variable. A path or an address is none, but for the password in it.
 */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const texts = Object.entries(env).flatMap(([name, value = '']) => {
    const passwords = passwordsOfUrl(value)
    const named = /SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|CREDENTIAL|AUTH_?KEY/i.test(name)
    return named && value.length >= 8 && !value.startsWith('/') && !URL.canParse(value) ? [value, ...passwords] : passwords
  })
  return [...new Set(texts)]
}

/** The passwords in those of the texts that are URLs. */
export const passwordsIn = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => passwordsOfUrl(text ?? ''))),
]

const passwordsOfUrl = (value: string): readonly string[] => (value.includes('@') && URL.canParse(value) ? passwordsOf(new URL(value)) : [])

/** As written, and decoded. */
function passwordsOf({ password }: URL): readonly string[] {
  if (password === '') return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
