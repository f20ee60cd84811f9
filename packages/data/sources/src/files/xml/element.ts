/** An element of a row: names are local ones, without the prefix of their namespace. */
export interface Element {
  readonly name: string
  readonly attributes: readonly (readonly [name: string, value: string])[]
  readonly children: Element[]
  text: string
  /** It says of itself that it has no value (`xsi:nil`). */
  readonly isNull: boolean
}

export const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Attributes that are not values: namespaces, and what XML Schema says of the instance. */
const isOfMachinery = (name: string): boolean => name === 'xmlns' || /^(?:xmlns|xsi):/.test(name)

export function elementOf(name: string, attributes: Readonly<Record<string, string>>): Element {
  const entries = Object.entries(attributes)
  return {
    name: localName(name),
    attributes: entries.filter(([of]) => !isOfMachinery(of)).map(([of, value]) => [localName(of), value]),
    children: [],
    text: '',
    isNull: entries.some(([of, value]) => of === 'xsi:nil' && /^(?:true|1)$/.test(value)),
  }
}

export const isBlank = (text: string): boolean => /^[ \t\r\n]*$/.test(text)

type JsonOfElement = string | null | { readonly [name: string]: JsonOfElement | readonly JsonOfElement[] }

/** An element as JSON: its text where that is all of it, else an object of attributes (`@name`), children, and its text (`text()`). */
export function jsonOf(element: Element): JsonOfElement {
  const { attributes, children, text, isNull } = element
  if (attributes.length === 0 && children.length === 0) return isNull || text === '' ? null : text
  const members = new Map<string, JsonOfElement[]>()
  const add = (name: string, value: JsonOfElement): void => void (members.get(name)?.push(value) ?? members.set(name, [value]))
  for (const [name, value] of attributes) add(`@${name}`, value)
  for (const child of children) add(child.name, jsonOf(child))
  if (!isNull && !isBlank(text)) add('text()', text)
  return Object.fromEntries([...members].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? null) : values]))
}
