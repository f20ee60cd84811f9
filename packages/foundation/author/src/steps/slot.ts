/**
 * What `run` of a step is given, as a type that depends on what the step reads and fills (ids of datasets). The capabilities have their
 * types in the packages that own them, above this one; `sluice` fills the slot once:
 *
 *     interface SluiceContext extends ContextSlot { readonly context: StepContext<this['reads'], this['fills']> }
 *     export const { task, sensor } = authoring<SluiceContext>()
 */
export interface ContextSlot {
  readonly reads: string
  readonly fills: string
  readonly context: unknown
}

/** The context of a step that reads and fills these. */
export type ContextOf<Slot extends ContextSlot, Reads extends string, Fills extends string> = (Slot & {
  readonly reads: Reads
  readonly fills: Fills
})['context']
