/** What the environment may say, and what each mode refuses. @module */
import { SezError } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'
import { developmentZone, parseConfig } from './config.ts'

const dataDir = { SEZ_DATA_DIR: '/tmp/sez-config-test' }

const production = {
  ...dataDir,
  SEZ_MODE: 'production',
  DATABASE_URL: 'postgres://sez:pa%3Ass@db.internal:5432/zone',
  SEZ_JWKS_URL: 'https://id.example/jwks.json',
  SEZ_TOKEN_ISSUER: 'https://id.example',
  SEZ_ZONE_ID: 'pk-rsez',
  SEZ_ZONE_KEY_FILE: '/run/secrets/zone.key',
}

interface Problem {
  readonly path: string
  readonly reason: string
}

function refusal(env: Record<string, string>, as?: Parameters<typeof parseConfig>[1]): SezError {
  try {
    parseConfig(env, as)
  } catch (error) {
    if (error instanceof SezError && error.code === 'CONFIG_INVALID') return error
    throw error
  }
  return expect.unreachable('the configuration was accepted')
}

function problemsOf(env: Record<string, string>): readonly Problem[] {
  const { problems } = refusal(env).details as { readonly problems?: readonly Problem[] }
  return problems ?? []
}

test('an empty environment is a development zone on loopback with the embedded Postgres', () => {
  const config = parseConfig(dataDir)
  expect(config).toMatchObject({
    mode: 'development',
    host: '127.0.0.1',
    port: 4000,
    dataDir: '/tmp/sez-config-test',
    databaseUrl: null,
    databaseDirectUrl: null,
    zoneId: developmentZone.id,
    zoneName: developmentZone.name,
    zoneKeyFile: null,
    tokenIssuers: [],
    subgraphUrls: new Map(),
    assertionSecretFile: null,
    logLevel: 'info',
    logPretty: true,
    unknownSettings: [],
  })
  expect(Object.isFrozen(config)).toBe(true)
})

test('production takes its database, issuer and key from the environment as they are', () => {
  expect(parseConfig(production)).toMatchObject({
    mode: 'production',
    host: '0.0.0.0',
    databaseUrl: 'postgres://sez:pa%3Ass@db.internal:5432/zone',
    tokenIssuers: [{ issuer: 'https://id.example', jwksUrl: 'https://id.example/jwks.json' }],
    zoneKeyFile: '/run/secrets/zone.key',
    zoneName: developmentZone.name,
    logPretty: false,
  })
})

test('several issuers pair with their key sets by order', () => {
  const config = parseConfig({
    ...production,
    SEZ_TOKEN_ISSUER: 'https://a.example, https://b.example',
    SEZ_JWKS_URL: 'https://a.example/k, https://b.example/k',
  })
  expect(config.tokenIssuers).toEqual([
    { issuer: 'https://a.example', jwksUrl: 'https://a.example/k' },
    { issuer: 'https://b.example', jwksUrl: 'https://b.example/k' },
  ])
})

test('an empty production environment is told everything it lacks at once', () => {
  const problems = problemsOf({ ...dataDir, SEZ_MODE: 'production' })
  expect(new Set(problems.map((each) => each.path))).toEqual(
    new Set([
      'DATABASE_URL',
      'SEZ_JWKS_URL',
      'SEZ_TOKEN_ISSUER',
      'SEZ_ZONE_ID',
      'SEZ_ZONE_KEY_FILE',
    ]),
  )
})

test('pages of several origins, also of this machine, may read answers', () => {
  const origins = ['https://a.example', 'http://localhost:5173']
  const env = { ...dataDir, SEZ_CORS_ORIGINS: origins.join(', ') }
  expect(parseConfig(env).corsOrigins).toEqual(origins)
  expect(parseConfig(dataDir).corsOrigins).toEqual([])
})

test.each([
  ['gateway', ['SEZ_ASSERTION_SECRET_FILE', 'SEZ_JWKS_URL', 'SEZ_SUBGRAPHS', 'SEZ_TOKEN_ISSUER']],
  ['subgraph', ['DATABASE_URL', 'SEZ_ASSERTION_SECRET_FILE', 'SEZ_ZONE_KEY_FILE']],
  ['log', ['DATABASE_URL', 'SEZ_ZONE_KEY_FILE']],
] as const)('production asks a %s for what it uses and for nothing else', (part, names) => {
  const env = { ...dataDir, SEZ_MODE: 'production' }
  const { problems } = refusal(env, { part, portDefault: 4001 }).details as {
    readonly problems: readonly Problem[]
  }
  expect(problems.map(({ path }) => path).toSorted()).toEqual([...names, 'SEZ_ZONE_ID'].toSorted())
})

test('a part takes a port of its own, and the gateway the address of each subgraph', () => {
  const as = { part: 'gateway', portDefault: 4001 } as const
  const urls = 'entities=http://10.0.0.5:4001, corridor=https://corridor.internal/sez'
  expect(parseConfig({ ...dataDir, SEZ_SUBGRAPHS: urls }, as)).toMatchObject({
    port: 4001,
    subgraphUrls: new Map([
      ['entities', 'http://10.0.0.5:4001'],
      ['corridor', 'https://corridor.internal/sez'],
    ]),
  })
})

describe('CONFIG_INVALID names the setting', () => {
  test.each([
    ['SEZ_MODE', { SEZ_MODE: 'staging' }],
    ['SEZ_HOST', { SEZ_HOST: '0.0.0.0' }],
    ['SEZ_HOST', { SEZ_HOST: '192.168.0.7' }],
    ['SEZ_PORT', { SEZ_PORT: '65536' }],
    ['SEZ_PORT', { SEZ_PORT: '40x' }],
    ['SEZ_PORT', { SEZ_PORT: '-1' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://host/name' }],
    ['DATABASE_URL', { DATABASE_URL: 'not an address' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://host:5432' }],
    ['DATABASE_DIRECT_URL', { DATABASE_DIRECT_URL: 'http://host/name' }],
    ['SEZ_DATABASE_CONNECTIONS', { SEZ_DATABASE_CONNECTIONS: '0' }],
    ['SEZ_ZONE_ID', { SEZ_ZONE_ID: 'Not A Zone' }],
    ['SEZ_JWKS_URL', { SEZ_TOKEN_ISSUER: 'https://id.example' }],
    ['SEZ_JWKS_URL', { SEZ_TOKEN_ISSUER: 'a', SEZ_JWKS_URL: 'http://id.example/k' }],
    ['SEZ_CORS_ORIGINS', { SEZ_CORS_ORIGINS: '*' }],
    ['SEZ_CORS_ORIGINS', { SEZ_CORS_ORIGINS: 'https://a.example, https://b.example/' }],
    ['SEZ_CORS_ORIGINS', { SEZ_CORS_ORIGINS: 'http://a.example' }],
    ['SEZ_SUBGRAPHS', { SEZ_SUBGRAPHS: 'http://10.0.0.5:4001' }],
    ['SEZ_SUBGRAPHS', { SEZ_SUBGRAPHS: 'entities=10.0.0.5:4001' }],
    ['SEZ_SUBGRAPHS', { SEZ_SUBGRAPHS: 'entities=http://me:secret@10.0.0.5' }],
    ['SEZ_SUBGRAPHS', { SEZ_SUBGRAPHS: 'a=http://10.0.0.5,a=http://10.0.0.6' }],
    ['SEZ_LOG_LEVEL', { SEZ_LOG_LEVEL: 'loud' }],
    ['SEZ_LOG_FORMAT', { SEZ_LOG_FORMAT: 'xml' }],
  ])('%s %j', (path, env) => {
    expect(problemsOf({ ...dataDir, ...env })).toEqual([
      { path, reason: expect.stringMatching(/\w/u) },
    ])
  })
})

test('a refused address never shows its password', () => {
  const error = refusal({ ...dataDir, DATABASE_URL: 'mysql://root:hunter2@host/name' })
  expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain('hunter2')
})

test('a setting that nobody reads is reported, a test setting is not', () => {
  const env = { ...dataDir, SEZ_PROT: '80', SEZ_LIMIT_BODY: '1', SEZ_TEST_DATABASE_URL: 'x' }
  expect(parseConfig(env).unknownSettings).toEqual(['SEZ_LIMIT_BODY', 'SEZ_PROT'])
})

test('metrics have a listener of their own where a port is named, on loopback unless told', () => {
  expect(parseConfig(production).metrics).toBeNull()
  expect(parseConfig({ ...production, SEZ_METRICS_PORT: '9464' }).metrics).toEqual({
    host: '127.0.0.1',
    port: 9464,
  })
  const open = { SEZ_METRICS_PORT: '9464', SEZ_METRICS_HOST: '10.0.0.7' }
  expect(parseConfig({ ...production, ...open }).metrics?.host).toBe('10.0.0.7')
  expect(problemsOf({ ...dataDir, ...open })).toMatchObject([{ path: 'SEZ_METRICS_HOST' }])
  expect(problemsOf({ ...production, SEZ_METRICS_HOST: '10.0.0.7' })).toMatchObject([
    { path: 'SEZ_METRICS_HOST' },
  ])
  expect(problemsOf({ ...production, SEZ_METRICS_PORT: '99999' })).toMatchObject([
    { path: 'SEZ_METRICS_PORT' },
  ])
})

test('traces go where an address is named, ten of a thousand unless told', () => {
  const url = 'http://collector:4318/v1/traces'
  expect(parseConfig(production).traces).toBeNull()
  expect(parseConfig({ ...production, SEZ_OTLP_URL: url }).traces).toEqual({ url, per1000: 10 })
  expect(
    parseConfig({ ...production, SEZ_OTLP_URL: url, SEZ_TRACES_PER_1000: '1000' }).traces,
  ).toEqual({ url, per1000: 1_000 })
  const broken = { SEZ_OTLP_URL: 'collector', SEZ_TRACES_PER_1000: '1001' }
  expect(
    problemsOf({ ...production, ...broken })
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(['SEZ_OTLP_URL', 'SEZ_TRACES_PER_1000'])
})

test('the carrier is off unless it has an address', () => {
  expect(parseConfig(dataDir).nats).toBeNull()
  const url = 'nats://zone:pa%3Ass@nats.internal:4222'
  expect(parseConfig({ ...dataDir, SEZ_NATS_URL: url }).nats).toEqual({
    url,
    credentialsFile: null,
  })
  const withFile = {
    SEZ_NATS_URL: 'tls://nats.internal',
    SEZ_NATS_CREDENTIALS_FILE: '/run/zone.creds',
  }
  expect(parseConfig({ ...dataDir, ...withFile }).nats).toEqual({
    url: 'tls://nats.internal',
    credentialsFile: '/run/zone.creds',
  })
  for (const wrong of ['http://nats.internal', 'nats://', 'nats.internal:4222', 'nats://a/b']) {
    expect(refusal({ ...dataDir, SEZ_NATS_URL: wrong }).details.field).toBe('SEZ_NATS_URL')
  }
  const alone = { ...dataDir, SEZ_NATS_CREDENTIALS_FILE: '/run/zone.creds' }
  expect(refusal(alone).details.field).toBe('SEZ_NATS_URL')
})
