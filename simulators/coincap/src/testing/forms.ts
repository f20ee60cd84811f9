/** What can be said of the form of a value; a value has several. */
const forms: Readonly<Record<string, (value: unknown) => boolean>> = {
  'a number of milliseconds': (value) => Number.isSafeInteger(value) && (value as number) > 1e12,
  'a text': (value) => typeof value === 'string',
  'a whole number as text': (value) => typeof value === 'string' && /^\d+$/.test(value),
  'a double with 18 decimals': (value) => typeof value === 'string' && /^-?\d+\.\d{18}$/.test(value) && Number(value).toFixed(18) === value,
  'a double in its shortest form': (value) => typeof value === 'string' && String(Number(value)) === value,
  'a URL': (value) => typeof value === 'string' && URL.canParse(value),
  'lists of texts by chain': (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((list) => Array.isArray(list) && list.every((each) => typeof each === 'string')),
}

const has = (form: string, value: unknown): boolean => forms[form]?.(value) === true

interface Body {
  readonly timestamp: unknown
  readonly data: readonly object[]
}

/** Where a body is not of the form of a recorded one, a sentence each. Empty where a client could not tell them apart by their form. */
export function differences(body: Body, recorded: Body): readonly string[] {
  const told: string[] = []
  const compare = (where: string, value: unknown, examples: readonly unknown[]): void => {
    if (value === null) {
      if (!examples.includes(null)) told.push(`${where} is null, which was never recorded`)
      return
    }
    const values = examples.filter((example) => example !== null)
    const wanted = Object.keys(forms).filter((form) => values.every((example) => has(form, example)))
    for (const form of wanted) if (!has(form, value)) told.push(`${where}, ${JSON.stringify(value)}, is not ${form}`)
  }
  if (new Set(Object.keys(body)).symmetricDifference(new Set(Object.keys(recorded))).size > 0)
    told.push(`the body holds ${Object.keys(body).join()}`)
  compare('timestamp', body.timestamp, [recorded.timestamp])
  const names = Object.keys(recorded.data[0] ?? {})
  for (const [row, asset] of body.data.entries()) {
    if (Object.keys(asset).join() !== names.join()) told.push(`row ${row} holds ${Object.keys(asset).join()}`)
    for (const name of names) {
      const examples = recorded.data.map((each) => (each as Readonly<Record<string, unknown>>)[name])
      compare(`${name} of row ${row}`, (asset as Readonly<Record<string, unknown>>)[name] ?? null, examples)
    }
  }
  return told
}
