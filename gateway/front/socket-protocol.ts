/** The graphql-transport-ws protocol: who connects, what they ask, and when they must go. @module */
import type { IncomingMessage } from 'node:http'
import { SezError } from '@sez/core/errors'
import type { Authenticator } from '@sez/platform/auth'
import { type Caller, isExpired } from '@sez/platform/context'
import { codedError } from '@sez/platform/graphql-errors'
import { correlationIdOf } from '@sez/platform/http'
import { subscriptionsPerSocketMax } from '@sez/platform/limits'
import type { Logger } from '@sez/platform/log'
import type { Stream } from '@sez/platform/stream'
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  OperationTypeNode,
} from 'graphql'
import {
  type Context as ConnectionContext,
  makeServer,
  type Server,
  type SubscribePayload,
} from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Engine } from '../engine.ts'
import type { AnswerError } from '../plan/answer-error.ts'
import { isDataObject, own } from '../plan/merge.ts'
import type { Answer } from '../plan/json-data.ts'
import type { CallScope } from '../transport/transport.ts'
import type { ConnectionCounts } from './counts.ts'
import { endAtExpiry } from './expiry.ts'
import type { Reception } from './reception.ts'
import { parseRequest } from './request.ts'
import { closeCodes, type OutgoingSocket } from './socket.ts'

export interface SocketProtocolOptions {
  readonly engine: Engine
  readonly reception: Reception
  readonly authenticator: Pick<Authenticator, 'callerOf'>
  readonly log: Pick<Logger, 'error' | 'warn'>
  readonly now: () => Date
  readonly subscriptionsPerSocketMax?: number
  readonly initMs?: number
}

/** One connection, from its upgrade to its end. */
export interface Connection {
  readonly request: IncomingMessage
  readonly socket: WebSocket
  readonly outgoing: OutgoingSocket
  readonly address: string
  readonly correlationId: string
  caller: Caller
  /** Whose sockets this one counts among. */
  countedAs: string
  /** Whether the last ping was answered. */
  isAlive: boolean
  /** Ids of operations that have no answer and no stream yet. */
  readonly opening: Set<string>
}

export type Extra = { readonly connection: Connection }

type Ctx = ConnectionContext<Record<string, unknown>, Extra>

const initMsDefault = 10_000
export function openSocketProtocol(
  options: SocketProtocolOptions,
  counts: ConnectionCounts,
): Server<Extra> {
  // The protocol library wants GraphQLErrors; what the client is sent are the errors they stand for.
  const standsFor = new WeakMap<GraphQLError, AnswerError>()
  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: options.initMs ?? initMsDefault,
    onConnect: (ctx) => authenticate(options, counts, ctx),
    async onSubscribe(ctx, id, payload) {
      const { opening, outgoing } = ctx.extra.connection
      // The library frees an id on `complete`, also while its operation opens. Taken again then, it
      // would hold two streams of which only the later one could be counted and closed.
      if (opening.has(id)) {
        const reason = `Subscriber for ${id} already exists`
        outgoing.close(closeCodes.alreadyExists, reason)
        return [new GraphQLError(reason)]
      }
      opening.add(id)
      const outcome = await perform(options, ctx, payload)
      opening.delete(id)
      if (!('refused' in outcome)) return argumentsOf(outcome)
      return outcome.refused.map((error) => {
        const wrapped = new GraphQLError(error.message)
        standsFor.set(wrapped, error)
        return wrapped
      })
    },
    execute: resultOf,
    subscribe: resultOf,
    // Both hooks write our own answers as they are: JsonData knows its JSON.
    onNext: (_ctx, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: (_ctx, _id, _payload, errors) =>
      errors.map((error) => standsFor.get(error) ?? error.toJSON()),
  })
}

/** Accepts the connection for the caller of its token, or closes it with the error's code. */
async function authenticate(
  options: SocketProtocolOptions,
  counts: ConnectionCounts,
  { connectionParams, extra: { connection } }: Ctx,
): Promise<boolean> {
  const { outgoing, correlationId, address } = connection
  try {
    const authorization =
      authorizationOf(connectionParams) ?? connection.request.headers.authorization ?? null
    connection.caller = await identify(options, authorization, address)
    // Who left meanwhile has given back its place already and must not take another.
    if (outgoing.ended.aborted) return false
  } catch (failure) {
    const { log } = options
    const { code } = codedError(failure, { correlationId, signal: outgoing.ended, log })
    outgoing.close(code === 'RATE_LIMITED' ? closeCodes.tooMany : closeCodes.unauthorized, code)
    return false
  }
  const { did } = connection.caller
  if (did !== null) {
    const key = `caller ${did}`
    if (!counts.take(key)) {
      outgoing.close(closeCodes.tooMany, 'TOO_MANY_SOCKETS')
      return false
    }
    counts.release(connection.countedAs)
    connection.countedAs = key
  }
  endAtExpiry({ caller: connection.caller, now: options.now }, outgoing.ended, () =>
    outgoing.close(closeCodes.unauthorized, 'TOKEN_EXPIRED'),
  )
  return true
}

async function identify(
  options: SocketProtocolOptions,
  authorization: string | null,
  address: string,
): Promise<Caller> {
  try {
    return await options.authenticator.callerOf(authorization)
  } catch (failure) {
    options.reception.admitStranger(address)
    throw failure
  }
}

/** `{token}` or `{authorization}` of connection_init; the word Bearer may be left out. */
function authorizationOf(parameters: unknown): string | undefined {
  if (!isDataObject(parameters)) return undefined
  for (const name of ['token', 'authorization', 'Authorization']) {
    const value = own(parameters, name)
    if (typeof value === 'string' && value !== '') {
      return /^bearer /iu.test(value) ? value : `Bearer ${value}`
    }
  }
  return undefined
}

interface Performed {
  readonly result: Stream<Answer> | Answer
  readonly engine: Engine
  readonly document: ExecutionArgs['document']
  readonly operationName: string | undefined
}

/** Answers or opens one operation; `refused` when nothing was executed. */
async function perform(
  options: SocketProtocolOptions,
  ctx: Ctx,
  payload: SubscribePayload,
): Promise<Performed | { readonly refused: readonly AnswerError[] }> {
  const { connection } = ctx.extra
  const { caller, address, request, outgoing } = connection
  const scope: CallScope = {
    caller,
    correlationId: correlationIdOf(request),
    signal: outgoing.ended,
  }
  const { engine, reception } = options
  let result: Stream<Answer> | Answer
  try {
    requireRoom(ctx, options.subscriptionsPerSocketMax ?? subscriptionsPerSocketMax)
    const screened = reception.screen(parseRequest(payload))
    if (isExpired(caller, options.now())) throw new SezError('TOKEN_EXPIRED')
    reception.admitCaller(caller, address, reception.weightOf([screened]))
    result =
      screened.kind === OperationTypeNode.SUBSCRIPTION
        ? await reception.subscribe(screened, scope)
        : await reception.perform(screened, scope)
    const { document } = screened
    const { operationName } = screened.request
    const isRefused = !(Symbol.asyncIterator in result) && result.data === undefined
    if (!isRefused) return { result, engine, document, operationName }
  } catch (failure) {
    result = reception.refuse(failure, scope)
  }
  return { refused: Symbol.asyncIterator in result ? [] : (result.errors ?? []) }
}

/** @throws {SezError} `TOO_MANY_SUBSCRIPTIONS`; the operation at the door counts already. */
function requireRoom(ctx: Ctx, max: number): void {
  // The library forgets what a client completed, though it still opens.
  const atWork = new Set([...Object.keys(ctx.subscriptions), ...ctx.extra.connection.opening])
  if (atWork.size > max) {
    throw new SezError('TOO_MANY_SUBSCRIPTIONS', { max })
  }
}

function argumentsOf(performed: Performed): ExecutionArgs {
  return {
    schema: performed.engine.supergraph.apiSchema,
    document: performed.document,
    ...(performed.operationName === undefined ? {} : { operationName: performed.operationName }),
    contextValue: performed,
  }
}

/** The operation ran in `perform`; the library only needs its result. */
function resultOf(args: ExecutionArgs): AsyncIterable<ExecutionResult> | ExecutionResult {
  // Set by `argumentsOf`. An Answer is what `onNext` writes, whatever its data is made of.
  const { result } = args.contextValue as Performed
  return result as unknown as AsyncIterable<ExecutionResult> | ExecutionResult
}
