import type { MessageTemplate, TemplateValue } from '@sluice/author'
import type { Json } from '@sluice/core'
import type { Told } from './told.ts'

const names = {
  id: ({ id }) => id,
  subject: ({ subject }) => subject,
  text: ({ text }) => text.trim(),
  kind: ({ brief }) => brief.kind,
  severity: ({ brief }) => (brief.kind === 'problem' ? (brief.severity ?? 'warning') : 'info'),
  about: ({ id, brief }) => brief.about ?? id,
  facts: ({ brief }) => brief.facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
  link: ({ brief }) => brief.link?.url ?? '',
} as const satisfies Readonly<Record<string, (told: Told) => string>>

/** What may stand in braces in a template. */
export const templateNames = Object.keys(names) as readonly (keyof typeof names)[]

const place = /\{(\w+)\}/g

/** The names in braces that a template has and that stand for nothing. */
export function unknownIn(template: TemplateValue): readonly string[] {
  if (typeof template === 'string')
    return [...template.matchAll(place)].flatMap(([, name = '']) => (Object.hasOwn(names, name) ? [] : [name]))
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap(unknownIn)
}

/** The template with what the message says. Values stay texts of the JSON: no message changes its form. */
export const filled = (template: MessageTemplate, told: Told): Readonly<Record<string, Json>> =>
  Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value, told)]))

function fill(value: TemplateValue, told: Told): Json {
  if (typeof value === 'string')
    return value.replaceAll(place, (whole, name: string) => (Object.hasOwn(names, name) ? names[name as keyof typeof names](told) : whole))
  if (Array.isArray(value)) return value.map((each: TemplateValue) => fill(each, told))
  if (typeof value === 'object' && value !== null) return filled(value as MessageTemplate, told)
  return value as Json
}
