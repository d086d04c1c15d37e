/** What a command of `sez` is: one declaration, from which parsing, help and completion come. @module */

/** The world outside, handed in so that a command can be tested without one. */
export interface CommandIo {
  readonly stdin: () => Promise<Uint8Array>
  /** Writes one line of the answer. */
  out(text: string): void
  /** Writes one line for whoever watches. */
  err(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
  /** Whether the answer is for a machine (spec/31-command-line.md §2). */
  readonly json: boolean
}

/** An option by its declaration. One without `value` is a flag. */
export interface Option {
  readonly about: string
  /** What stands for its value in the help. `FILE` completes to files. */
  readonly value?: string
  /** The only values it takes. */
  readonly choices?: readonly string[]
  /** Whether it may be given more than once. */
  readonly many?: true
  readonly required?: true
}

/** Options by their name without the two hyphens. `json` and `help` every command has. */
export type Options = Readonly<Record<string, Option>>

/** The words of a command line beside its options. `FILE` completes to files. */
export interface Words {
  readonly name: string
  readonly about: string
  readonly min: number
  /** Infinity for any number. */
  readonly max: number
  readonly choices?: readonly string[]
}

type ValueOf<Each extends Option> = Each extends { readonly value: string }
  ? Each extends { readonly many: true }
    ? readonly string[]
    : Each extends { readonly required: true }
      ? string
      : string | null
  : boolean

/** A command line as it was understood. */
export interface Given<Known extends Options> {
  readonly options: { readonly [Name in keyof Known]: ValueOf<Known[Name]> }
  readonly words: readonly string[]
}

export interface Command<Known extends Options = Options> {
  readonly options?: Known
  readonly words?: Words
  /** Command lines, each with `sez` in it. */
  readonly examples: readonly string[]
  /** More for the help, where summary, options and examples do not say it all. */
  readonly notes?: string
  /** Its answer is JSON whether it is asked for or not, and so are its refusals. */
  readonly alwaysJson?: true
  /** @returns The exit code: 0 done or valid, 1 refused or invalid, 2 not understood. */
  run(given: Given<Known>, io: CommandIo): Promise<number>
}

/** A command's line in the list. What it is made of is loaded when it is asked for. */
export interface CommandEntry {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  load(): Promise<Command | CommandGroup>
}

/** Commands under one word. */
export interface CommandGroup {
  readonly commands: readonly CommandEntry[]
}

/** A command, with what `run` is given typed by the options it declares. */
export function defineCommand<const Known extends Options>(definition: Command<Known>): Command {
  return definition
}

/** Whether what was loaded stands for several commands. */
export function isGroup(loaded: Command | CommandGroup): loaded is CommandGroup {
  return 'commands' in loaded
}
