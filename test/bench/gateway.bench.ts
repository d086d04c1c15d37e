/**
 * Our executor against @apollo/gateway in one process: CPU per request of the medium query. Subgraph
 * answers are recorded once and replayed as fresh objects; what that costs is told apart.
 *
 * @module
 */
import { ApolloGateway, type GraphQLDataSource, LocalGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { invariant } from '@sez/core/invariant'
import { Engine } from '@sez/gateway/engine'
import { compose, schemaTransport } from '@sez/gateway/federation.fixture'
import { openReception } from '@sez/gateway/front/reception'
import { openAccessLog } from '@sez/gateway/observe/access-log'
import { GatewayMetrics } from '@sez/gateway/observe/metrics'
import { observedReception, type Witness } from '@sez/gateway/observe/reception'
import { answerText } from '@sez/gateway/plan/json-data'
import { documentLimits } from '@sez/gateway/policy/limits'
import { shop } from '@sez/gateway/shop.fixture'
import { type Transport, variablesText } from '@sez/gateway/transport/transport'
import { anonymous } from '@sez/platform/context'
import { openLog } from '@sez/platform/log'
import { openRegistry } from '@sez/platform/metrics'
import { openTracing } from '@sez/platform/tracing'
import { parse } from 'graphql'
import { expect, test } from 'vitest'

const query = `query Medium($n: Int) {
  products(first: $n) {
    __typename upc name weight
    ... on Book { shipping stock { at count } author { name visits } reviews { id stars author { id name visits } } }
    ... on Gadget { heavy stock { at count } reviews { id stars author { id name visits reviews { id } } } }
  }
  me { id name visits reviews { id stars product { ... on Book { upc name } ... on Gadget { upc name heavy } } } }
}`
const variables = { n: 4 }
const rounds = 7
const requestsPerRound = 400
/** In process, where @apollo/gateway is spared its HTTP client, by far its largest cost. */
const ratioMin = 2

const federation = compose(shop)

/** Answers by query and variables, as JSON text; each replay is a fresh object. */
class Recording {
  readonly #answers = new Map<string, Map<string, string>>()

  async replay<T>(query: string, variables: string, ask: () => Promise<T>): Promise<T> {
    const answers = this.#answers.get(query) ?? new Map<string, string>()
    const known = answers.get(variables)
    if (known !== undefined) return JSON.parse(known)
    const answer = await ask()
    this.#answers.set(query, answers.set(variables, JSON.stringify(answer)))
    return answer
  }

  /** What replaying one request costs by itself. */
  replayAll(): void {
    for (const answers of this.#answers.values()) {
      for (const text of answers.values()) JSON.parse(text)
    }
  }
}

function replaying(transport: Transport, recording: Recording): Transport {
  return {
    subscribe: (call, scope) => transport.subscribe(call, scope),
    send: (call, scope) =>
      recording.replay(call.fetch.operation, variablesText(call), () =>
        transport.send(call, scope),
      ),
  }
}

function replayingSource(source: GraphQLDataSource, recording: Recording): GraphQLDataSource {
  return {
    process: (options) =>
      recording.replay(options.request.query ?? '', JSON.stringify(options.request.variables), () =>
        source.process(options),
      ),
  }
}

/** What an operator may switch on, all of it: numbers, a line for each operation, some traces. */
function openWitness(): Witness {
  const nowhere = { write: () => undefined }
  return {
    metrics: new GatewayMetrics(openRegistry()),
    accessLog: openAccessLog({
      log: openLog({ level: 'info', pretty: false, stream: nowhere }),
      pseudonymOf: () => 'somebody',
      lines: 'all',
    }),
    tracing: openTracing({
      ratio: 0.01,
      draw: Math.random,
      processor: {
        onStart: () => undefined,
        onEnd: () => undefined,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
      service: { version: 'bench', zone: 'bench' },
    }),
    plansForAll: false,
  }
}

function openOurs(recording: Recording, witness: Witness | null): () => Promise<string> {
  const transports = new Map<string, Transport>()
  for (const [name, schema] of federation.schemas) {
    transports.set(name, replaying(schemaTransport(schema), recording))
  }
  const engine = new Engine({
    supergraphSdl: federation.supergraphSdl,
    transports,
    ...(witness && { metrics: witness.metrics }),
  })
  const free = { take: () => undefined }
  const plain = openReception({
    engine,
    // Every operation here was seen before.
    pipeline: null as never,
    limits: documentLimits,
    introspection: false,
    callerRate: free,
    anonymousRate: free,
    log: openLog({ level: 'silent', pretty: false }),
  })
  const reception = witness === null ? plain : observedReception(plain, witness)
  engine.admit(query, parse(query), undefined)
  const signal = new AbortController().signal
  return async () => {
    const screened = reception.screen({
      query,
      operationName: undefined,
      variables,
      extensions: {},
    })
    const scope = { caller: anonymous, correlationId: 'bench', signal }
    return answerText(await reception.perform(screened, scope))
  }
}

async function openApollo() {
  const recording = new Recording()
  const gateway = new ApolloGateway({
    supergraphSdl: federation.supergraphSdl,
    buildService: ({ name }) => {
      const schema = federation.schemas.get(name)
      invariant(schema, `a schema for ${name}`)
      return replayingSource(new LocalGraphQLDataSource(schema), recording)
    },
  })
  const server = new ApolloServer({ gateway })
  await server.start()
  return {
    run: async (): Promise<string> => {
      const { body } = await server.executeOperation({ query, variables })
      invariant(body.kind === 'single', 'one answer')
      return JSON.stringify(body.singleResult)
    },
    stop: () => server.stop(),
  }
}

async function cpuMsPerRequest(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let index = 0; index < requestsPerRound; index += 1) await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / requestsPerRound
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

test('the medium query costs a fraction of the CPU that @apollo/gateway spends on it', async () => {
  const recording = new Recording()
  const ours = openOurs(recording, null)
  const observed = openOurs(recording, openWitness())
  const apollo = await openApollo()
  expect(JSON.parse(await ours())).toEqual(JSON.parse(await apollo.run()))
  const measured: { ours: number; observed: number; apollo: number; replay: number }[] = []
  for (let round = -1; round < rounds; round += 1) {
    const numbers = {
      ours: await cpuMsPerRequest(ours),
      observed: await cpuMsPerRequest(observed),
      apollo: await cpuMsPerRequest(apollo.run),
      replay: await cpuMsPerRequest(() => recording.replayAll()),
    }
    // The first round only warms the code up.
    if (round >= 0) measured.push(numbers)
  }
  await apollo.stop()
  const ms = (name: 'ours' | 'observed' | 'apollo' | 'replay') =>
    median(measured.map((round) => round[name]))
  const ratio = median(measured.map((round) => round.apollo / round.ours))
  const net = (ms('apollo') - ms('replay')) / (ms('ours') - ms('replay'))
  process.stdout.write(
    `gateway, medium query in process, CPU ms per request: ours ${ms('ours').toFixed(3)}, ` +
      `with all telemetry ${ms('observed').toFixed(3)}, ` +
      `@apollo/gateway ${ms('apollo').toFixed(3)}, of both replay ${ms('replay').toFixed(3)}; ` +
      `ratio ${ratio.toFixed(1)}, without replay ${net.toFixed(1)}\n`,
  )
  expect(ratio).toBeGreaterThan(ratioMin)
})
