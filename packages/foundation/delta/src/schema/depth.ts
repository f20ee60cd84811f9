/** Types within types. No table of people comes near; each level costs stack, here and in every engine that reads the table. */
export const deepestType = 100

/** In JSON a level of a struct is three: the list of fields, the field, its type. */
const deepestJson = deepestType * 4

/** Whether JSON nests deeper than any schema may. Looks at the brackets outside of texts alone, so that nothing deep is ever built. */
export function nestsTooDeep(json: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (inText) {
      if (character === '\\') at++
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') {
      if (++depth > deepestJson) return true
    } else if (character === '}' || character === ']') depth--
  }
  return false
}

/** The number of types within each other. */
export function depthOf(type: unknown): number {
  if (typeof type !== 'object' || type === null) return 1
  const { fields, elementType, keyType, valueType } = type as Readonly<Record<string, unknown>>
  const inner = [
    ...(Array.isArray(fields) ? fields.map((field: { readonly type?: unknown } | null) => field?.type) : []),
    elementType,
    keyType,
    valueType,
  ]
  return 1 + Math.max(0, ...inner.filter((each) => each !== undefined).map(depthOf))
}
