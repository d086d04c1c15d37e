/** A state machine as a table: every move is listed, everything else is refused. @module */
import { SezError } from './errors.ts'
import { invariant } from './invariant.ts'

/** One allowed step. */
export interface Move<State extends string, Event extends string> {
  readonly from: State
  readonly event: Event
  readonly to: State
}

/** A checked table and the two questions asked of it. */
export interface Lifecycle<State extends string, Event extends string> {
  readonly initial: State
  readonly terminal: readonly State[]
  /** Every state, the initial one first, then in the order of the table. */
  readonly states: readonly [State, ...State[]]
  readonly moves: readonly Move<State, Event>[]
  /**
   * The state that follows.
   *
   * @throws {SezError} `INVALID_TRANSITION` with `{from, event, allowed}`.
   */
  advance(state: State, event: Event): State
  /** The steps that leave a state, in the order of the table; none leave a terminal one. */
  movesFrom(state: State): readonly { readonly event: Event; readonly to: State }[]
}

/**
 * Makes a lifecycle of its table and proves the table sound: one move for each state and event, no
 * way out of a terminal state, every state reachable, and a dead end only where it is declared.
 *
 * @throws {InvariantViolation} when the table is not sound; a table is code, not input.
 * @see spec/02-digests-and-ids.md §5
 */
export function defineLifecycle<const State extends string, const Event extends string>(table: {
  readonly initial: State
  readonly terminal: readonly NoInfer<State>[]
  readonly moves: readonly Move<State, Event>[]
}): Lifecycle<State, Event> {
  const exits = new Map<State, Map<Event, State>>([[table.initial, new Map()]])
  for (const { from, event, to } of table.moves) {
    const known = exits.get(from) ?? new Map<Event, State>()
    invariant(!known.has(event), `two moves for ${event} from ${from}`)
    known.set(event, to)
    exits.set(from, known)
    if (!exits.has(to)) exits.set(to, new Map())
  }
  proveSound(table.initial, table.terminal, exits)
  const [, ...others] = exits.keys()
  return Object.freeze({
    initial: table.initial,
    terminal: table.terminal,
    states: [table.initial, ...others] as const,
    moves: table.moves,
    advance(state: State, event: Event): State {
      const to = exits.get(state)?.get(event)
      if (to !== undefined) return to
      const allowed = [...(exits.get(state)?.keys() ?? [])]
      throw new SezError('INVALID_TRANSITION', { from: state, event, allowed })
    },
    movesFrom(state: State) {
      return [...(exits.get(state) ?? [])].map(([event, to]) => ({ event, to }))
    },
  })
}

function proveSound<State extends string, Event extends string>(
  initial: State,
  terminal: readonly State[],
  exits: ReadonlyMap<State, ReadonlyMap<Event, State>>,
): void {
  const reached = new Set<State>([initial])
  for (const state of reached) {
    const moves = exits.get(state)
    invariant(moves !== undefined, `${state} is not in the table`)
    invariant(
      (moves.size === 0) === terminal.includes(state),
      `${state} must have moves or be declared terminal, not both`,
    )
    for (const to of moves.values()) reached.add(to)
  }
  for (const state of exits.keys()) invariant(reached.has(state), `${state} cannot be reached`)
  for (const state of terminal) invariant(reached.has(state), `${state} cannot be reached`)
}
