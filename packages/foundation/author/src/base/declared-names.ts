import type { ReceiverKind } from './receiver-kinds.ts'

/**
 * The names that a project declares, by kind: `{ connection: 'coincap'; database: 'shop'; variable: 'mail_to'; secret: never;
 * mailGroup: 'data-team'; slack: 'ops' }`. Empty here, where every name passes; `sluice validate` fills it with those of the project
 * whose types it checks.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled from outside
export interface DeclaredNames {}

/** Known only when the task runs: `string`, `mail_${string}`. */
type IsOpen<N extends string> = Readonly<Record<never, unknown>> extends Readonly<Record<N, unknown>> ? true : false

type Known<Kind extends string> = Kind extends keyof DeclaredNames ? DeclaredNames[Kind] : string

/** The name itself, or what is wrong with it. One that is open passes. */
export type DeclaredName<Kind extends 'connection' | 'database' | 'variable' | 'secret', N extends string> =
  IsOpen<N> extends true ? N : N extends Known<Kind> ? N : `this project declares no ${Kind} "${N}"`

/** An address, or a mail group that the platform has. */
export type MailName<N extends string> =
  IsOpen<N> extends true ? N : N extends `${string}@${string}` | Known<'mailGroup'> ? N : `this platform has no mail group "${N}"`

/** A receiver of that channel that the platform has. */
export type ReceiverName<Kind extends ReceiverKind, N extends string> =
  IsOpen<N> extends true ? N : N extends Known<Kind> ? N : `this platform has no ${Kind} receiver "${N}"`
