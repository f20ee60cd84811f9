import type { BodyValue, RestSource } from './rest-source.ts'

/** `{variables.repository}` stands for the value of a variable of the project. */
const variableInText = /\{variables\.([^{}]+)\}/g

/**
 * A source as it is asked in a project: path, query, headers and body with the values of its variables. In a path, what a value has between
 * slashes is one part of it each. Pure.
 */
export function withVariables(source: RestSource, read: (variable: string) => string): RestSource {
  const filled = (text: string): string => text.replaceAll(variableInText, (_, name: string) => read(name))
  const inPath = (name: string): string => read(name).split('/').map(encodeURIComponent).join('/')
  const texts = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (typeof value === 'string' ? filled(value) : value) as Value]))
  const inBody = (value: BodyValue): BodyValue => {
    if (typeof value === 'string') return filled(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((each: BodyValue) => inBody(each))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inBody(each as BodyValue)]))
  }
  return {
    ...source,
    path: source.path.replaceAll(variableInText, (_, name: string) => inPath(name)),
    query: texts(source.query),
    headers: texts(source.headers),
    body: source.body === undefined ? undefined : inBody(source.body),
  }
}
