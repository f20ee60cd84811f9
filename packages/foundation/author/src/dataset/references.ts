import type { Quote } from '../base/types.ts'
import type { Kind, TypeIn } from '../columns/column.ts'
import type { AnyDataset, ForeignKey } from './any-dataset.ts'

/** What a column may refer to: a dataset by its key of one column, this dataset, or a column of a dataset by name. */
export type Target = AnyDataset | 'self' | readonly [AnyDataset, string]

/** The target itself, or what is wrong with referring to it. */
export type ReferenceFault<C, Key extends readonly string[], Own extends string, T> = T extends 'self'
  ? Pointed<C, Key, Own, C, 'this dataset', T>
  : T extends readonly [{ readonly kind: 'dataset'; readonly id: infer Id extends string; readonly columns: infer D }, infer N]
    ? N extends keyof D
      ? Typed<C, Own, D, N & string, Id, T>
      : `${Id} has no column ${Quote<N>}`
    : T extends {
          readonly kind: 'dataset'
          readonly id: infer Id extends string
          readonly columns: infer D
          readonly key: infer K extends readonly string[]
        }
      ? Pointed<C, K, Own, D, Id, T>
      : T

type Pointed<C, K extends readonly string[], Own extends string, D, Id extends string, T> = K extends readonly [infer Only extends string]
  ? Typed<C, Own, D, Only, Id, T>
  : K extends readonly []
    ? `${Id} has no key to refer to: declare its key, or name a column as [dataset, column]`
    : `${Id} has a key of several columns: use foreignKey({ from, columns, to })`

export type Typed<C, Own extends string, D, N extends string, Id extends string, T> =
  Kind<TypeIn<C, Own>> extends Kind<TypeIn<D, N>>
    ? T
    : `${Own} is ${TypeIn<C, Own>} but ${N} of ${Id} is ${TypeIn<D, N>}: a reference needs columns of one type`

/** The references of a dataset as foreign keys. */
export const foreignKeysOf = (id: string, key: readonly string[], references: Readonly<Record<string, Target>>): readonly ForeignKey[] =>
  Object.entries(references).map(([own, target]) => ({ from: id, columns: [own], ...pointedAt(id, key, target) }))

function pointedAt(id: string, key: readonly string[], target: Target): Pick<ForeignKey, 'to' | 'on'> {
  if (target === 'self') return { to: id, on: key }
  return 'id' in target ? { to: target.id, on: target.key } : { to: target[0].id, on: [target[1]] }
}
