import type { IsAny } from '../base/types.ts'
import type { OutputOf, Step } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** Anything by name: what is wrong with a member is said at the member, in a sentence. */
export type Named = Readonly<Record<string, unknown>>

/** What `run` receives: outputs by name. Under a rule that runs without the success of every step before it they may be missing. */
export type InputsOf<N, R extends TriggerRule = 'all_success'> = {
  readonly [K in keyof N]: R extends 'all_success' ? OutputOf<N[K]> : OutputOf<N[K]> | undefined
} extends infer I
  ? I
  : never

/** Each step that is needed, or what is wrong with it. */
export type Needed<N> = { readonly [K in keyof N]: NeedFault<N[K]> }

type NeedFault<S> =
  IsAny<S> extends true
    ? S
    : S extends Step<infer O>
      ? IsAny<O> extends true
        ? S
        : // biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return value gives
          [O] extends [void]
          ? 'this step returns nothing: put it under after, or let it return something'
          : S
      : S extends { readonly kind: 'dataset' }
        ? 'a dataset is not an output: name it under reads'
        : 'only steps have outputs'
