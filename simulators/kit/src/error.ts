export type SimulatorErrorCode = 'fault_invalid' | 'port_in_use' | 'option_invalid'

/** What a simulator refuses. `next` says what to do about it. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError'
  readonly code: SimulatorErrorCode
  readonly next: string

  constructor(code: SimulatorErrorCode, message: string, next: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.next = next
  }
}
