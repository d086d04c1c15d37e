/** What a command of `sez` is. @module */

/** The world outside, handed in so that a command can be tested without one. */
export interface CommandIo {
  readonly stdin: () => Promise<Uint8Array>
  /** Writes one line of the answer. */
  out(text: string): void
  /** Writes one line for whoever watches. */
  err(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly usage: string
  readonly examples: readonly string[]
  /** @returns The exit code: 0 done or valid, 1 refused or invalid, 2 not understood. */
  run(args: string[], io: CommandIo): Promise<number>
}
