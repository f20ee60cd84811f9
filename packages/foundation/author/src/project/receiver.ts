import type { EnvValue } from './env-value.ts'

/**
 * A body in place of the usual one: JSON in whose texts `{subject}`, `{text}`, `{facts}`, `{link}`, `{severity}`, `{kind}`, `{about}` and
 * `{id}` stand for what the message says.
 */
export type MessageTemplate = Readonly<Record<string, TemplateValue>>
/** What may stand in a template: JSON. */
export type TemplateValue = string | number | boolean | null | readonly TemplateValue[] | { readonly [name: string]: TemplateValue }

interface Replaced {
  readonly template?: MessageTemplate
}

/** A URL that is a key itself: who knows it can post. */
interface KeyedUrl extends Replaced {
  readonly url: EnvValue
}

interface Account extends Replaced {
  readonly key: EnvValue
  /** Of another region; the usual one unless given. */
  readonly url?: EnvValue
}

/** Where messages go beside mailboxes, by channel and by the name that `slack('name')` and its kin use. */
export interface Receivers {
  /** Incoming webhooks of Slack, and of what takes their form. */
  readonly slack?: Readonly<Record<string, KeyedUrl>>
  /** Workflows of Teams: "When a Teams webhook request is received". */
  readonly teams?: Readonly<Record<string, KeyedUrl>>
  /** Any HTTP service; `key` signs what it gets. */
  readonly webhook?: Readonly<Record<string, KeyedUrl & { readonly key: EnvValue }>>
  /** Integrations of PagerDuty by their key (Events API v2). */
  readonly pagerduty?: Readonly<Record<string, Account>>
  /** API integrations of Opsgenie by their key. */
  readonly opsgenie?: Readonly<Record<string, Account>>
}
