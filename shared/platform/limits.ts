/**
 * Every limit of the stack, as a named constant with its unit last (spec/17-api.md §6). None can be
 * switched off.
 *
 * @module
 */

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

// What one request may carry.
export const requestBodyBytesMax = 256 * kibibyte
export const requestHeaderBytesMax = 16 * kibibyte
export const tokenBytesMax = 8 * kibibyte
export const queryTokensMax = 2_000
export const queryDepthMax = 12
export const queryAliasesMax = 30
export const queryRootFieldsMax = 20
export const queryCostMax = 5_000
/** What a nested list without `first` returns and costs. */
export const nestedListNodesDefault = 10
export const operationBatchMax = 10

// Between gateway and subgraphs (spec/27-subgraph-http.md §6).
/** One request or one batch: a gateway names thousands of entities at once. */
export const subgraphRequestBytesMax = 8 * mebibyte
export const subgraphBatchLinesMax = 64
/** A plan may spell out for each type what a client wrote once for an interface. */
export const subgraphQueryTokensMax = 20_000
export const subgraphDocumentsMax = 5_000
export const subgraphDocumentBytesMax = 32 * mebibyte
export const assertionCharactersMax = 12 * kibibyte
export const assertionLifetimeMs = 30_000
/** How far the gateway's clock may be ahead of a subgraph's. */
export const assertionSkewMs = 5_000
/** Mutations one subgraph takes within the life of an assertion. */
export const assertionNoncesMax = 100_000
export const streamPingMs = 10_000
/** A stream silent for this long, pings included, is given up. */
export const streamIdleMs = 35_000
export const streamsPerSubgraphMax = 5_000
export const upstreamResponseBytesMax = 16 * mebibyte
export const upstreamBatchBytesMax = 64 * mebibyte
export const upstreamConnectionsMax = 64
export const upstreamQueueMax = 5_000

// What one argument may hold, unless its scalar sets a limit of its own.
export const inputStringCharactersMax = 10_000
export const inputListItemsMax = 1_000
export const inputDepthMax = 32
export const inputProblemsMax = 50
export const filterDepthMax = 5
export const filterTermsMax = 50
export const filterValuesMax = 100
/** Holds a name of 500 signs of three bytes beside an id. */
export const cursorCharactersMax = 4_096

// Pages.
export const pageRowsDefault = 50
export const pageRowsMax = 500

// Documents.
export const jsonDepthMax = 128
export const jsonBytesMax = 64 * kibibyte
export const receiptBytesMax = 32 * kibibyte
export const receiptBatchMax = 100
export const signedDocumentBytesMax = 256 * kibibyte
export const eventBytesMax = 64 * kibibyte
export const artifactBytesMax = 64 * mebibyte

// Subscriptions.
export const subscriberQueueItemsMax = 256
export const subscriberStallMs = 30_000
export const socketsPerCallerMax = 20
export const subscriptionsPerSocketMax = 50

// Time.
export const statementTimeoutMs = 5_000
export const lockTimeoutMs = 2_000
/** Without an answer from Postgres at all: longer than it lets a statement run. */
export const databaseAnswerTimeoutMs = 8_000
export const idleInTransactionTimeoutMs = 10_000
export const upstreamTimeoutMs = 10_000
export const requestHeadersTimeoutMs = 10_000
export const requestTimeoutMs = 30_000
export const requestBodyTimeoutMs = 15_000
/** Longer than the idle time of common load balancers, so that they close first. */
export const keepAliveTimeoutMs = 65_000
export const shutdownDeadlineMs = 10_000
export const readinessTimeoutMs = 2_000
/** Between saying that it is not ready and taking no more requests: load balancers look that often. */
export const readinessNoticeMs = 2_000
export const clockSkewS = 60
export const idempotencyKeptH = 24
export const tokenLifetimeS = 8 * 60 * 60

// Rates.
export const callerRequestsPerS = 100
export const callerRequestsBurst = 400
export const anonymousRequestsPerS = 20
export const anonymousRequestsBurst = 60
export const rateCallersMax = 50_000

// Authentication.
export const verifiedTokensMax = 10_000
/** A key withdrawn from a key set stops working within this time. */
export const verifiedTokenKeptMs = 300_000
export const narrowingIdsMax = 500
