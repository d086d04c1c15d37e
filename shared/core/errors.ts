/** SezError, and the one table of codes that API, docs and tests read. @module */

/** The eleven coarse words a caller may switch on (spec/21-errors.md §1). */
export type ErrorClass =
  | 'NOT_FOUND'
  | 'VALIDATION_ERROR'
  | 'BAD_REQUEST'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'CONFLICT'
  | 'PRECONDITION_FAILED'
  | 'UPSTREAM_ERROR'
  | 'SERVICE_UNAVAILABLE'
  | 'NOT_IMPLEMENTED'
  | 'INTERNAL_ERROR'

interface ErrorFacts {
  readonly class: ErrorClass
  readonly http: number
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean
  /** What happened and what the caller can do about it; the default message. */
  readonly about: string
}

const facts = <T extends Record<string, ErrorFacts>>(table: T): T => table

/** Every code the stack can answer, by room. A code is the fine fact; `class` is the coarse one. */
export const errorCodes = facts({
  // Every room.
  NOT_FOUND: {
    class: 'NOT_FOUND',
    http: 404,
    retry: false,
    about: 'No such object, or it is not yours to see. Check the id and the role of your token.',
  },
  VALIDATION_ERROR: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'The input breaks a rule. details.problems lists every one as {path, reason}.',
  },
  INTERNAL: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'Something failed here. Report the correlation id to the operator of the zone.',
  },
  // platform: persistence and configuration.
  CONFIG_INVALID: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The configuration is not usable. Correct the settings that the message names.',
  },
  DATABASE_REFUSED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'Postgres refused the login. Check user, password and database in DATABASE_URL.',
  },
  DATABASE_UNAVAILABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'Postgres cannot be reached. Try again; the operator checks that it runs.',
  },
  DATA_DIR_UNWRITABLE: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The data folder cannot be used. Make it writable or name another in SEZ_DATA_DIR.',
  },
  LOCK_TIMEOUT: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'Another request holds the same object. Nothing was changed; try again.',
  },
  MIGRATION_EDITED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'A migration was changed after it was applied. Restore the file and add a new one.',
  },
  MIGRATION_FAILED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'A migration failed; its folder is unchanged. Correct its cause and run again.',
  },
  MIGRATION_LATE: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'A migration is older than one already applied. Generate it again to make it newest.',
  },
  PLATFORM_UNSUPPORTED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'There is no embedded Postgres for this platform. Set DATABASE_URL to a Postgres 15+.',
  },
  POSTGRES_TOO_OLD: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The Postgres server is too old. Use version 15 or newer.',
  },
  POSTGRES_UNAVAILABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: false,
    about: 'The embedded Postgres did not start. Read server.log in the data folder.',
  },
  ROLES_MISSING: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'This login may not make the roles. An administrator runs `sez migrate --print-roles`.',
  },
  SCHEMA_BEHIND: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The database lacks migrations of this release. Run `sez migrate` with it.',
  },
  STATEMENT_TIMEOUT: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'The database took too long. Nothing was changed; try again or ask for less.',
  },
  STORAGE_FULL: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'The disk of the database is full. Nothing was changed; the operator makes room.',
  },
  ZONE_MISMATCH: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The database belongs to another zone. Correct SEZ_ZONE_ID or DATABASE_URL.',
  },
  // gateway: front, limits, executor, composition.
  BATCH_TOO_LARGE: {
    class: 'BAD_REQUEST',
    http: 413,
    retry: false,
    about: 'The batch holds more operations than details.max. Split it.',
  },
  COMPOSITION_FAILED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The subgraphs do not compose. details.problems says where each goes wrong.',
  },
  CONTENT_TYPE_UNSUPPORTED: {
    class: 'BAD_REQUEST',
    http: 415,
    retry: false,
    about: 'Send the request as application/json in UTF-8.',
  },
  INTROSPECTION_DISABLED: {
    class: 'FORBIDDEN',
    http: 400,
    retry: false,
    about: 'Introspection is switched off here. Read the schema from the release instead.',
  },
  METHOD_NOT_ALLOWED: {
    class: 'BAD_REQUEST',
    http: 405,
    retry: false,
    about: 'Use POST; GET is for queries only.',
  },
  NOT_ACCEPTABLE: {
    class: 'BAD_REQUEST',
    http: 406,
    retry: false,
    about: 'Accept application/graphql-response+json or application/json.',
  },
  OPERATION_UNKNOWN: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'No single operation is meant. Set operationName to one of details.names.',
  },
  PERSISTED_QUERY_MISMATCH: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The document is not the one its hash names. Send the SHA-256 of the exact text.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    class: 'NOT_FOUND',
    http: 404,
    retry: true,
    about: 'No document is kept under this hash. Send the request again with its text.',
  },
  PREFLIGHT_REQUIRED: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about:
      'A web page could send this without your consent. Set the header apollo-require-preflight.',
  },
  QUERY_TOO_COSTLY: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about:
      'The query may return more nodes than details.max. Ask for smaller pages or fewer levels.',
  },
  QUERY_TOO_DEEP: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The query nests deeper than details.max levels. Ask in two queries.',
  },
  QUERY_TOO_LONG: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The query has more than details.max tokens. Split it.',
  },
  REQUEST_INVALID: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'This is not a GraphQL request. details.field is missing or of the wrong kind.',
  },
  SCHEMA_BREAKING: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The API breaks its clients. Undo details.changes or name each under Unreleased in CHANGELOG.md.',
  },
  OPERATIONS_REFUSED: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'Nothing was registered. Correct the documents that details.problems lists, or give --replace.',
  },
  SAFELIST_INVALID: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about:
      'The registry of operations is not usable. Restore it, or write it anew with sez operations register.',
  },
  SCHEMA_STALE: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'A composed schema does not match the subgraphs. Run npm run compose and commit the result.',
  },
  STREAM_TAKEN: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'This reserved stream is open already. Reserve another one with PUT.',
  },
  STREAM_UNKNOWN: {
    class: 'NOT_FOUND',
    http: 404,
    retry: false,
    about: 'No stream of yours is reserved under this token. Reserve one with PUT.',
  },
  SUBSCRIPTION_NEEDS_SOCKET: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about:
      'Subscribe at this address over WebSocket (graphql-transport-ws), or accept text/event-stream or multipart/mixed;subscriptionSpec=1.0.',
  },
  SUPERGRAPH_INVALID: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The supergraph cannot be served, for details.reason. Compose it again.',
  },
  TOO_MANY_ALIASES: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The query has more than details.max aliases. Use variables or several queries.',
  },
  TOO_MANY_ROOT_FIELDS: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The query has more than details.max root fields. Split it.',
  },
  TOO_MANY_SOCKETS: {
    class: 'SERVICE_UNAVAILABLE',
    http: 429,
    retry: true,
    about: 'You have details.max sockets open already. Close one, or subscribe on one of them.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    class: 'SERVICE_UNAVAILABLE',
    http: 429,
    retry: true,
    about: 'This socket has details.max operations at work already. Complete one first.',
  },
  UPSTREAM_BUSY: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about:
      'Part of the zone takes no more work, so this part of the data is missing. Wait ' +
      'retryAfterMs, then try again.',
  },
  UPSTREAM_FAILED: {
    class: 'UPSTREAM_ERROR',
    http: 502,
    retry: true,
    about: 'Part of the zone did not answer, so this part of the data is missing. Try again.',
  },
  UPSTREAM_INVALID: {
    class: 'UPSTREAM_ERROR',
    http: 502,
    retry: false,
    about: 'Part of the zone answered what the schema does not allow. Report the correlation id.',
  },
  UPSTREAM_TOO_LARGE: {
    class: 'UPSTREAM_ERROR',
    http: 502,
    retry: false,
    about: 'Part of the zone answered with more than details.bytesMax. Ask for smaller pages.',
  },
  UPSTREAM_TIMEOUT: {
    class: 'UPSTREAM_ERROR',
    http: 504,
    retry: true,
    about:
      'Part of the zone did not answer in time, so this part of the data is missing. Try again.',
  },
  // gateway: playground.
  PLAYGROUND_BUILD_FAILED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The playground could not be bundled. details.output holds what the bundler said.',
  },
  // platform: the API every subgraph and the gateway stand on.
  ADDRESS_UNAVAILABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: false,
    about: 'This address cannot be listened on. Choose another host or a port above 1023.',
  },
  ASSERTION_EXPIRED: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'The assertion of this request has expired. Sign another, with a clock that is right.',
  },
  ASSERTION_INVALID: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about:
      'The assertion does not belong to this request, as details.reason says. Sign this request ' +
      'for this subgraph with its secret.',
  },
  ASSERTION_MISSING: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'A subgraph answers the gateway only. Send the request to the gateway of this zone.',
  },
  ASSERTION_REPLAYED: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'This assertion was used for a mutation before. Sign another.',
  },
  BODY_NOT_JSON: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The request body is not JSON. Send {"query": …, "variables": …}.',
  },
  BODY_NOT_UTF8: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The request body is not UTF-8. Encode it as UTF-8.',
  },
  BODY_TOO_LARGE: {
    class: 'BAD_REQUEST',
    http: 413,
    retry: false,
    about: 'The request body is larger than details.bytesMax. Send less, or upload an artifact.',
  },
  DEVELOPMENT_ONLY: {
    class: 'PRECONDITION_FAILED',
    http: 500,
    retry: false,
    about: 'This exists in development only. Configure an issuer of tokens for production.',
  },
  FORBIDDEN: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about: 'None of your roles may do this. Use a token with one of details.rolesAllowed.',
  },
  GRAPHQL_INVALID: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The GraphQL document does not fit the schema. Correct it at the given locations.',
  },
  JWKS_UNAVAILABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'The keys that verify tokens cannot be fetched, so no token is accepted. Try again.',
  },
  PAGE_SIZE_EXCEEDED: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'The page is larger than allowed. Ask for at most details.max rows and follow endCursor.',
  },
  PORT_TAKEN: {
    class: 'CONFLICT',
    http: 503,
    retry: false,
    about: 'Another program listens on this port. Stop it or choose another port.',
  },
  RATE_LIMITED: {
    class: 'SERVICE_UNAVAILABLE',
    http: 429,
    retry: true,
    about: 'Too many requests from you. Wait retryAfterMs before the next one.',
  },
  REQUEST_ABORTED: {
    class: 'SERVICE_UNAVAILABLE',
    http: 499,
    retry: true,
    about: 'The request was given up before it was answered. Send it again.',
  },
  REQUEST_TIMEOUT: {
    class: 'BAD_REQUEST',
    http: 408,
    retry: true,
    about: 'The request arrived too slowly. Send all of it within details.timeoutMs.',
  },
  TOKEN_EXPIRED: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'Your token has expired. Get a new one and send the request again.',
  },
  TOKEN_INVALID: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'Your token is not accepted, for the reason given. Get one from an issuer of this zone.',
  },
  UNAUTHENTICATED: {
    class: 'UNAUTHENTICATED',
    http: 401,
    retry: false,
    about: 'This needs a caller who is known. Send a token as Authorization: Bearer <token>.',
  },
  UNAUTHORIZED_FIELD: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about: 'You may see this object but not this field of it. Leave the field out.',
  },
  // platform: log, streams and writes.
  ARCHIVE_INVALID: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about:
      'The archive does not prove itself, for details.what at details.position. Nothing was taken ' +
      'off the log; verify it with `sez verify zone`.',
  },
  ARCHIVE_NEEDED: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: true,
    about:
      'A reaction has not finished with entries up to details.to. Let details.reaction catch up, ' +
      'or unpark what it gave up on, then archive.',
  },
  ARCHIVE_UNSEALED: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: true,
    about:
      'No checkpoint covers the entries up to details.to yet. Start the zone, whose sealer signs ' +
      'one, then archive.',
  },
  CARRIER_FORKED: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The stream in NATS holds another history than the log, so nothing was added. Keep a ' +
      'copy of it as evidence, then remove it: it is filled again from the log.',
  },
  CARRIER_FULL: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about:
      'NATS takes no more messages of the log. Raise the limits of its stream or its disk; ' +
      'nothing is lost meanwhile.',
  },
  CARRIER_UNAVAILABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'NATS cannot be reached or refuses. Check SEZ_NATS_URL and that JetStream is on.',
  },
  CURSOR_FORKED: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The cursor belongs to another history: another zone, or this one before a restore. ' +
      "Verify what you hold against the zone's checkpoints, then start again without a " +
      'cursor.',
  },
  CURSOR_INVALID: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'That is no cursor of this list or stream. Pass one exactly as it was given to you, ' +
      'with the same arguments, or none to start at the beginning.',
  },
  ENTRY_ARCHIVED: {
    class: 'PRECONDITION_FAILED',
    http: 410,
    retry: false,
    about:
      'The entry is archived, as is all of the log up to details.floor. Ask the operator of the ' +
      'zone for the archive and verify it with `sez verify archive`.',
  },
  EVENT_TOO_LARGE: {
    class: 'VALIDATION_ERROR',
    http: 413,
    retry: false,
    about:
      'The event would exceed 64 KiB. Store the large part as an artifact and refer to it by ' +
      'digest.',
  },
  EXPIRED_CURSOR: {
    class: 'PRECONDITION_FAILED',
    http: 410,
    retry: false,
    about:
      'The log up to details.floor is archived, and what you ask for begins there. Ask the ' +
      'operator of the zone for the archive, then go on after details.resume.',
  },
  FUTURE_CURSOR: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The cursor is ahead of the log, so this zone has lost entries you have seen. Keep them ' +
      'and tell the operator of the zone.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'This idempotency key was used for another input. Repeat the same input, or choose a ' +
      'new key.',
  },
  KEY_FILE_EXPOSED: {
    class: 'PRECONDITION_FAILED',
    http: 500,
    retry: false,
    about:
      'Others can read the key file at details.path. Treat the key as known to them: rotate it, ' +
      'and keep the file at mode 0600.',
  },
  KEY_FILE_INVALID: {
    class: 'PRECONDITION_FAILED',
    http: 500,
    retry: false,
    about:
      'The file at details.path does not hold a key of the kind wanted. Restore it from its ' +
      'backup, or make one with `sez keygen`.',
  },
  KEY_FILE_MISSING: {
    class: 'PRECONDITION_FAILED',
    http: 500,
    retry: false,
    about:
      'There is no readable key file at details.path. Make one with `sez keygen`, or correct ' +
      'the setting that names it.',
  },
  REACTION_UNKNOWN: {
    class: 'NOT_FOUND',
    http: 404,
    retry: false,
    about: 'No reaction of that name runs here. details.known lists those that do.',
  },
  STANDING_NOT_YOURS: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about: 'Another subgraph owns this fact. Only its owner may set it.',
  },
  STANDING_UNKNOWN: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The standing of this subject has not been recorded yet, so nothing guarded may be done ' +
      'with it. Try again once it is.',
  },
  SUBJECT_BLOCKED: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about:
      'This subject is under a hard stop. details.fact and details.reason name it; its owner ' +
      'must lift it first.',
  },
  SUBSCRIBER_TOO_SLOW: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about:
      'Nothing was taken from this stream for 30 seconds while items waited. Reconnect with ' +
      'your last cursor; nothing is lost.',
  },
  WRITE_CONTENDED: {
    class: 'CONFLICT',
    http: 409,
    retry: true,
    about: 'Others kept changing the same rows. Nothing was written; send the same request again.',
  },
  // Core.
  AMOUNT_OVERFLOW: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'The amount leaves the range of 64-bit minor units. Use a smaller amount.',
  },
  CURRENCY_MISMATCH: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'Two amounts of different currencies cannot be combined. Convert one of them first.',
  },
  DIGEST_SET_NOT_NORMALIZED: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'A digest set is not sorted, unique, lower-case hex. Normalise it and sign again.',
  },
  INVALID_TRANSITION: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'The object is in a state that does not allow this. details.allowed lists what it does.',
  },
  KEY_DISPOSED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The signing key has been wiped. Load it again before signing.',
  },
  NOT_CANONICAL: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'The document has no canonical form. details.path and details.reason say where and why; ' +
      'write amounts as strings, integers without a fraction, and every key once.',
  },
  SELF_TEST_FAILED: {
    class: 'INTERNAL_ERROR',
    http: 500,
    retry: false,
    about: 'The byte rules give wrong results in this process. Do not serve: replace the runtime.',
  },
  // corridor.
  AGREEMENTS_DIFFER: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The agreements do not say the same. details.field names where; sign one text in all ' +
      'of them.',
  },
  AGREEMENT_PATTERN_MIXED: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'Some agreements speak for one party and some for several. Send one kind only.',
  },
  AGREEMENT_REPEATED: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'A party has two agreements, or one document came twice. Send one for each.',
  },
  AGREEMENT_WITHHELD: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'A participant signed something else than its agreement. details.blocking lists who ' +
      'and what.',
  },
  CHECKPOINT_PENDING: {
    class: 'PRECONDITION_FAILED',
    http: 409,
    retry: true,
    about: 'No signed checkpoint covers this receipt yet. Ask again in a second.',
  },
  CHECKPOINT_TOO_OLD: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'That checkpoint was signed before the receipt. Name a later one, or none.',
  },
  CORRIDOR_EXISTS: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'There is a corridor with this id already. Choose another id.',
  },
  CORRIDOR_NOT_ACTIVE: {
    class: 'PRECONDITION_FAILED',
    http: 409,
    retry: false,
    about:
      'The corridor takes no receipts in its present state, which details.state names. Wait ' +
      'until it is ACTIVE.',
  },
  DEFINITION_MISMATCH: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The document contradicts what the corridor was created or defined with, in ' +
      'details.field. Correct it and sign again.',
  },
  ENVELOPE_MISMATCH: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'The transition envelope contradicts itself, as details.reason says. Build and sign ' +
      'it again.',
  },
  EVIDENCE_MISSING: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'The transition needs evidence of the types in details.missing. Add it and sign again.',
  },
  FINALITY_TOO_LOW: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'The move needs the finality that details.required names. Wait for it, then try again.',
  },
  FROM_STATE_MISMATCH: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The corridor is not in the state the transition starts from. Read it and sign a new ' +
      'transition.',
  },
  HOST_ZONE_ELSEWHERE: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The definition names another zone or authority as host. Propose it there, or sign ' +
      'one that names this zone.',
  },
  LAWPACK_SET_MISMATCH: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The receipt must name exactly the lawpacks of details.expected. Correct it and sign again.',
  },
  NEXT_ROOT_MISMATCH: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'next_root is not the root of the content, which details.computedRoot gives. Correct ' +
      'it and sign again.',
  },
  RECEIPT_TOO_LARGE: {
    class: 'VALIDATION_ERROR',
    http: 413,
    retry: false,
    about: 'A receipt holds at most 32 KiB. Store the payload as an artifact and sign its digest.',
  },
  RULESET_SET_INCOMPLETE: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'The receipt must also name the rulesets of details.missing. Correct it and sign again.',
  },
  SEQUENCE_GAP: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The sequence lies ahead of the chain, whose head is in details. Send the receipts ' +
      'between first.',
  },
  SIGNATURE_INVALID: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'A signature of the document does not verify, as details.reason says. Sign it again.',
  },
  SIGNATURE_MISSING: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'Every participant but observers signs the definition. Have those in details.signers sign it.',
  },
  SIGNER_NOT_ALLOWED: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about: 'details.signer may not sign this document. Use the key of one who may.',
  },
  STALE_HEAD: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'Another receipt came first. Build on the head in details and sign again.',
  },
  THRESHOLD_INVALID: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'A threshold cannot be met as written: details.role and details.reason say which and why.',
  },
  THRESHOLD_NOT_MET: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'Too few have signed. details.missing lists required and signed for each role.',
  },
  TRANSITION_MISMATCH: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'The signed transition leads to another state than this mutation. Call the one it is for.',
  },
  TRANSITION_STALE: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'The signed transition was used before, or decided before the last one. Sign a new one.',
  },
  // client: following, appending, and the offline commands.
  ARGUMENTS_INVALID: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The command line cannot be understood. Read --help.',
  },
  EVENT_CHAIN_BROKEN: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'The history does not hold together: details.what says where. Do not go on; keep it as evidence.',
  },
  FILE_EXISTS: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'The file is there already and is not overwritten. Name another, or remove it first.',
  },
  FILE_UNREADABLE: {
    class: 'BAD_REQUEST',
    http: 400,
    retry: false,
    about: 'The file cannot be read. Check its name and rights.',
  },
  ZONE_ANSWER_INVALID: {
    class: 'UPSTREAM_ERROR',
    http: 502,
    retry: false,
    about: 'What answered is not a zone, or not of a form this client knows. Check the address.',
  },
  ZONE_UNREACHABLE: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'The zone does not answer. Try again; check the address and the network.',
  },
  // Entities.
  AUTHORIZED_EXCEEDED: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The initial shares are more than the authorized capital allows. Raise the capital ' +
      'or take fewer shares.',
  },
  DECLARATION_MISSING: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'A declaration is not made. Each of details.missing must be true when an application ' +
      'is submitted.',
  },
  DIRECTORS_MINIMUM: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The legal form needs more different directors. Appoint at least ' +
      'details.directorsMinimum.',
  },
  ENTITY_NOT_DRAFT: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'Only a draft can be edited. An application must be returned for correction first.',
  },
  JURISDICTION_UNKNOWN: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'This zone registers nothing under that jurisdiction. The query `jurisdictions` ' +
      'lists those it knows.',
  },
  LAST_MEMBER: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'An entity keeps at least one member. Add another before this one leaves.',
  },
  LIST_FULL: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about:
      'The list details.list holds as many entries as it may. Remove one before adding ' +
      'another.',
  },
  LOCAL_FORM_UNKNOWN: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about:
      'The jurisdiction knows no such legal form for this kind of entity. details.allowed ' +
      'lists those it knows.',
  },
  MAKER_CANNOT_APPROVE: {
    class: 'FORBIDDEN',
    http: 403,
    retry: false,
    about:
      'Who created or submitted an entity, is a member or officer of it or takes its shares ' +
      'cannot approve it. Another registrar must.',
  },
  MEMBER_EXISTS: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'This person or system is a member already. Nothing needs to be done.',
  },
  NAME_REQUIRED: {
    class: 'VALIDATION_ERROR',
    http: 400,
    retry: false,
    about: 'A name needs at least one letter or digit. Choose one.',
  },
  NAME_TAKEN: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about:
      'Another entity of the jurisdiction has this name, or one that reads the same. ' +
      'Choose another; `nameAvailability` compares.',
  },
  OFFICE_MISSING: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'There is no registered office. Enter one before submitting.',
  },
  OFFICER_UNFIT: {
    class: 'PRECONDITION_FAILED',
    http: 412,
    retry: false,
    about: 'An officer must have consented to act and be fit and proper. Appoint only who is both.',
  },
  VERSION_CONFLICT: {
    class: 'CONFLICT',
    http: 409,
    retry: false,
    about: 'The object has changed since you read it. Read it again and decide on details.version.',
  },
  // deploy
  NOT_READY: {
    class: 'SERVICE_UNAVAILABLE',
    http: 503,
    retry: true,
    about: 'A part of the zone is not ready; the reason names it. Ask again in a moment.',
  },
  ZONE_KEY_UNREGISTERED: {
    class: 'PRECONDITION_FAILED',
    http: 500,
    retry: true,
    about:
      'The key of this process is not the one on record as the key of the zone. Start the process ' +
      'of the log with the same key file; when the key is replaced, start that one first.',
  },
  ZONE_RUNNING: {
    class: 'CONFLICT',
    http: 409,
    retry: true,
    about: 'The zone is running. Stop it first (Ctrl-C where it runs).',
  },
})

export type ErrorCode = keyof typeof errorCodes

/** Facts for the caller's eyes, beside the code. `field` names the input at fault. */
export type ErrorDetails = Readonly<Record<string, unknown>> & { readonly field?: string }

/** The only error that crosses a package. Its details are fit for the caller to see. */
export class SezError extends Error {
  override readonly name = 'SezError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  /**
   * @param details Shown to the caller as they are: never secrets, never personal data.
   * @param options `message` when the table's sentence is too general; `cause` is logged only.
   */
  constructor(
    code: ErrorCode,
    details: ErrorDetails = {},
    options: { readonly message?: string; readonly cause?: unknown } = {},
  ) {
    super(options.message ?? errorCodes[code].about, { cause: options.cause })
    this.code = code
    this.details = details
  }
}

/**
 * The error of one input that breaks a rule: `VALIDATION_ERROR` with that one problem.
 *
 * @param field The input at fault, where the caller knows its name.
 */
export function invalidInput(reason: string, field?: string, cause?: unknown): SezError {
  const problems = [{ path: field ?? '', reason }]
  const details = field === undefined ? { problems } : { field, problems }
  return new SezError('VALIDATION_ERROR', details, { cause })
}
