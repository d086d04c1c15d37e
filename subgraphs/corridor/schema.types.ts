import type { Did } from '@sez/core/did';
import type { Digest } from '@sez/core/digest';
import type { Uuid } from '@sez/core/ids';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { LogReference as LogReferenceRow } from '@sez/platform/outbox';
import type { CorridorEventRow } from './event-log.ts';
import type { CorridorConnectionRow, ReceiptConnectionRow } from './queries.ts';
import type { CorridorRow, CorridorParticipantRow, CorridorDocumentRow, ReceiptRow, ReceiptProofRow, CorridorCheckpointRow } from './tables.ts';
import type { Context } from '@sez/platform/context';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A whole number of any size, as decimal text. */
  BigInt: { input: bigint; output: bigint; }
  /** An instant in UTC, RFC 3339 with milliseconds and Z. */
  DateTime: { input: Date; output: Date | string; }
  /** A decentralised identifier, such as did:key:z6Mk…. */
  Did: { input: Did; output: Did; }
  /** SHA-256 as 64 lower-case hexadecimal digits. */
  Digest: { input: Digest; output: Digest; }
  /**
   * The text of a signed JSON document, at most 32 KiB, kept as it was received. It travels as text
   * because a JSON parser on the way would rewrite its numbers and break its signatures.
   */
  SignedDocument: { input: string; output: string; }
  /** A UUID in its usual form of 36 characters. */
  Uuid: { input: Uuid; output: Uuid; }
  _FieldSet: { input: string; output: string; }
};

/** Agreements to accept. */
export type ActivateCorridorInput = {
  /** The signed MSEZCorridorAgreementCredentials, one to sixteen. */
  agreements: Array<Scalars['SignedDocument']['input']>;
  /** The corridor's version the caller saw. */
  expectedVersion: Scalars['Int']['input'];
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** What became of a receipt that was sent. */
export type AppendOutcome =
  /** It was stored before; it brought no new proof. */
  | 'ALREADY_STORED'
  /** It is the chain's newest link. */
  | 'APPENDED'
  /** It was stored before; its new valid proofs were kept. */
  | 'PROOFS_MERGED';

/** A receipt to append. */
export type AppendReceiptInput = {
  /** The signed MSEZCorridorStateReceipt. */
  document: Scalars['SignedDocument']['input'];
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** Receipts to append. */
export type AppendReceiptsInput = {
  /** The signed receipts of one corridor, one to a hundred, in order. */
  documents: Array<Scalars['SignedDocument']['input']>;
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** The end of a chain. The next receipt has sequence receiptCount and prev_root nextRoot. */
export type ChainHead = {
  /** next_root of the newest receipt; the genesis root while the chain is empty. */
  nextRoot: Scalars['Digest']['output'];
  /** How many receipts there are. */
  receiptCount: Scalars['Int']['output'];
  /** Sequence of the newest receipt; null while the chain is empty. */
  sequence: Maybe<Scalars['Int']['output']>;
};

/** Proof that a longer chain continues a shorter one. */
export type ConsistencyProof = {
  /** The corridor whose chain is meant. */
  corridorId: Scalars['ID']['output'];
  /** The proof as JSON text, as verifyConsistency of @sez/core/mmr-consistency takes it. */
  document: Scalars['String']['output'];
  /** Receipts in the older state. */
  from: Scalars['Int']['output'];
  /** Root of the older state. */
  fromRoot: Scalars['Digest']['output'];
  /** Receipts in the newer state. */
  to: Scalars['Int']['output'];
  /** Root of the newer state. */
  toRoot: Scalars['Digest']['output'];
};

/** A trade corridor between jurisdictions: its participants and their chain of signed receipts. */
export type Corridor = {
  /** How many of each role must agree; null in DRAFT. */
  activationThresholds: Maybe<Array<CorridorThreshold>>;
  /** Digest of the set of signed agreements; null before activation. */
  agreementSetDigest: Maybe<Scalars['Digest']['output']>;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** Digest of the signed definition; null in DRAFT. */
  definitionDigest: Maybe<Scalars['Digest']['output']>;
  /** The signed definition, agreements and transitions, as received, in order. */
  documents: Array<CorridorDocument>;
  /** The prev_root of the first receipt; null before activation. */
  genesisRoot: Maybe<Scalars['Digest']['output']>;
  /** Where the chain stands; null before activation. */
  head: Maybe<ChainHead>;
  /** The zone that alone orders the chain; null in DRAFT. */
  hostZone: Maybe<CorridorHostZone>;
  /** Its name in signed documents, such as pak-uae. */
  id: Scalars['ID']['output'];
  /** The newest receipts, newest first; at most 50. Codes: PAGE_SIZE_EXCEEDED. */
  lastReceipts: Array<Receipt>;
  /** The newest signed checkpoint; null while there is none. */
  latestCheckpoint: Maybe<CorridorCheckpoint>;
  /** The lawpacks every receipt must name exactly; null before activation. */
  lawpackDigestSet: Maybe<Array<Scalars['Digest']['output']>>;
  /** The moves its state allows and the API offers. */
  nextMoves: Array<CorridorMove>;
  /** Who takes part, in the order given at creation. */
  participants: Array<CorridorParticipant>;
  /** How many of each role must sign a receipt for it to be COMPLETE; null before activation. */
  receiptThresholds: Maybe<Array<CorridorThreshold>>;
  /** The receipts in the order of their sequence. */
  receipts: ReceiptConnection;
  /** The rulesets every receipt must name at least; null before activation. */
  rulesetDigestSet: Maybe<Array<Scalars['Digest']['output']>>;
  /** Where in its life it is. */
  state: CorridorState;
  /** Its name for people. */
  title: Scalars['String']['output'];
  /** When its state last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** Grows by one with every change of state. Receipts do not change it. */
  version: Scalars['Int']['output'];
};


/** A trade corridor between jurisdictions: its participants and their chain of signed receipts. */
export type CorridorLastReceiptsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** A trade corridor between jurisdictions: its participants and their chain of signed receipts. */
export type CorridorReceiptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ReceiptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** The zone's signature over the state of a corridor's chain. */
export type CorridorCheckpoint = {
  /** When it was signed. */
  at: Scalars['DateTime']['output'];
  /** The corridor it speaks of. */
  corridor: Corridor;
  /** SHA-256 of its canonical form without proof. */
  digest: Scalars['Digest']['output'];
  /** The signed MSEZCorridorStateCheckpoint. */
  document: Scalars['SignedDocument']['output'];
  /** next_root of the last receipt it covers. */
  finalStateRoot: Scalars['Digest']['output'];
  /** The event of the zone log that recorded it. */
  log: LogReference;
  /** Root of the Merkle mountain range over the next_roots. */
  mmrRoot: Scalars['Digest']['output'];
  /** How many receipts it covers. */
  receiptCount: Scalars['Int']['output'];
};

/** A page of checkpoints. */
export type CorridorCheckpointConnection = {
  /** The checkpoints with their cursors. */
  edges: Array<CorridorCheckpointEdge>;
  /** The checkpoints. */
  nodes: Array<CorridorCheckpoint>;
  /** Where the page lies. */
  pageInfo: PageInfo;
};

/** A checkpoint in a page. */
export type CorridorCheckpointEdge = {
  /** Where the next page may begin. */
  cursor: Scalars['String']['output'];
  /** The checkpoint. */
  node: CorridorCheckpoint;
};

/** A page of corridors. */
export type CorridorConnection = {
  /** The corridors with their cursors. */
  edges: Array<CorridorEdge>;
  /** The corridors. */
  nodes: Array<Corridor>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** How many corridors match in all; counted only when asked for. */
  totalCount: Maybe<Scalars['Int']['output']>;
};

/** A signed document that moved the corridor. */
export type CorridorDocument = {
  /** SHA-256 of its canonical form without proof. */
  digest: Scalars['Digest']['output'];
  /** Its text as received. */
  document: Scalars['SignedDocument']['output'];
  /** What it is. */
  kind: CorridorDocumentKind;
  /** When this zone received it. */
  receivedAt: Scalars['DateTime']['output'];
};

/** What a signed document of a corridor is. */
export type CorridorDocumentKind =
  /** MSEZCorridorAgreementCredential. */
  | 'AGREEMENT'
  /** MSEZCorridorDefinitionCredential. */
  | 'DEFINITION'
  /** MSEZCorridorLifecycleTransitionCredential. */
  | 'TRANSITION';

/** A corridor in a page. */
export type CorridorEdge = {
  /** Where the next page may begin. */
  cursor: Scalars['String']['output'];
  /** The corridor. */
  node: Corridor;
};

/**
 * One step of a corridor's history. For all kinds but CHECKPOINT the fields of the event are set;
 * for CHECKPOINT only kind, cursor, at, corridor and logCheckpoint are.
 */
export type CorridorEvent = {
  /** Who caused it; the zone's own DID for what it does by itself. */
  actor: Maybe<Scalars['Did']['output']>;
  /** When it happened. */
  at: Scalars['DateTime']['output'];
  /** The corridor's checkpoint, for CHECKPOINTED. */
  checkpoint: Maybe<CorridorCheckpoint>;
  /** The corridor, as it is now. */
  corridor: Corridor;
  /** Pass it back as `after` to go on behind this event. */
  cursor: Scalars['String']['output'];
  /** SHA-256 of `document`. */
  digest: Maybe<Scalars['Digest']['output']>;
  /** The event's canonical text, from which `digest` is computed. */
  document: Maybe<Scalars['String']['output']>;
  /** The event's id. */
  eventId: Maybe<Scalars['ID']['output']>;
  /** The zone log's chain hash at that position. */
  hash: Maybe<Scalars['Digest']['output']>;
  /** What happened. */
  kind: CorridorEventKind;
  /** The signed SezLogCheckpoint, for CHECKPOINT. */
  logCheckpoint: Maybe<Scalars['SignedDocument']['output']>;
  /** Its position in the zone log. */
  position: Maybe<Scalars['BigInt']['output']>;
  /** `digest` of the event before it in the stream; null for the first. */
  previousDigest: Maybe<Scalars['Digest']['output']>;
  /** The receipt, for RECEIPT_APPENDED and PROOFS_MERGED. */
  receipt: Maybe<Receipt>;
  /** Its number in the corridor's stream, from 1 without a gap. */
  streamSequence: Maybe<Scalars['Int']['output']>;
};

/** A page of a corridor's history. */
export type CorridorEventConnection = {
  /** The events with their cursors. */
  edges: Array<CorridorEventEdge>;
  /** The events. */
  nodes: Array<CorridorEvent>;
  /** Where the page lies. */
  pageInfo: PageInfo;
};

/** An event in a page. */
export type CorridorEventEdge = {
  /** Where the next page, or a subscription, may begin. */
  cursor: Scalars['String']['output'];
  /** The event. */
  node: CorridorEvent;
};

/** What happened to a corridor. */
export type CorridorEventKind =
  /** Its signed agreements were accepted. */
  | 'ACTIVATED'
  /** The zone signed a checkpoint of its whole log; this is no event of the corridor's stream. */
  | 'CHECKPOINT'
  /** The zone signed a checkpoint of the corridor's chain. */
  | 'CHECKPOINTED'
  /** It was opened in DRAFT. */
  | 'CREATED'
  /** More signatures over a stored receipt came in. */
  | 'PROOFS_MERGED'
  /** Its signed definition was accepted. */
  | 'PROPOSED'
  /** A receipt was appended. */
  | 'RECEIPT_APPENDED'
  /** The zone authority resumed it. */
  | 'RESUMED'
  /** The zone authority suspended it. */
  | 'SUSPENDED';

/** Which corridors to give. Fields given together must all match. */
export type CorridorFilter = {
  /** All of these match. */
  and?: InputMaybe<Array<CorridorFilter>>;
  /** By the time of creation. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By id. */
  id?: InputMaybe<TextFilter>;
  /** One of these matches. */
  or?: InputMaybe<Array<CorridorFilter>>;
  /** Those in which this DID takes part. */
  participant?: InputMaybe<Scalars['Did']['input']>;
  /** By state. */
  state?: InputMaybe<CorridorStateFilter>;
};

/** The zone that orders a corridor's chain. */
export type CorridorHostZone = {
  /** The DID that signs for the zone authority. */
  authority: Scalars['Did']['output'];
  /** Id of the zone. */
  zoneId: Scalars['ID']['output'];
};

/** A move that the corridor's state allows next. */
export type CorridorMove = {
  /** Codes the caller would get now; empty when nothing is known to stand in the way. */
  blockedBy: Array<Scalars['String']['output']>;
  /** Which move. */
  event: CorridorMoveEvent;
  /** The state it leads to. */
  to: CorridorState;
};

/** A move the API offers from one state to another. */
export type CorridorMoveEvent =
  /** activateCorridor. */
  | 'ACTIVATE'
  /** resumeFromSuspension. */
  | 'RESUME_FROM_SUSPENSION'
  /** proposeCorridor. */
  | 'SUBMIT'
  /** suspendCorridor. */
  | 'SUSPEND';

/** The order of corridors. */
export type CorridorOrder =
  /** By creation, oldest first. */
  | 'CREATED_AT_ASC'
  /** By creation, newest first. */
  | 'CREATED_AT_DESC'
  /** By id, from a to z. */
  | 'ID_ASC'
  /** By id, from z to a. */
  | 'ID_DESC';

/** One who takes part in a corridor and may sign its documents and receipts. */
export type CorridorParticipant = {
  /** Whose signatures count. */
  did: Scalars['Did']['output'];
  /** The company behind it, when there is one. */
  entity: Maybe<Entity>;
  /** The role thresholds count by, such as zone_authority. */
  role: Scalars['String']['output'];
};

/** One who will take part. */
export type CorridorParticipantInput = {
  /** Whose signatures will count; each DID once. */
  did: Scalars['Did']['input'];
  /** The company behind it. While it is blocked, receipts are refused. */
  entityId?: InputMaybe<Scalars['ID']['input']>;
  /** The role thresholds count by: lower-case letters, digits and underscores, at most 64. */
  role: Scalars['String']['input'];
};

/** What a change of a corridor gives. */
export type CorridorPayload = {
  /** The corridor after the change. */
  corridor: Corridor;
  /** Where the change is recorded. */
  log: LogReference;
};

/** A state of a corridor's life (spec/24-corridor.md §1). */
export type CorridorState =
  /** Accepts receipts. */
  | 'ACTIVE'
  /** Ended for good. The chain stays readable. */
  | 'DEPRECATED'
  /** Named, with participants; nothing signed yet. */
  | 'DRAFT'
  /** Stopped by a fork alarm. */
  | 'HALTED'
  /** Defined by a signed document; waits for the participants' agreements. */
  | 'PENDING'
  /** Stopped by the zone authority. */
  | 'SUSPENDED';

/** States that equal or are among. */
export type CorridorStateFilter = {
  /** Equal to this. */
  eq?: InputMaybe<CorridorState>;
  /** One of these. */
  in?: InputMaybe<Array<CorridorState>>;
};

/** So many signers of one role. */
export type CorridorThreshold = {
  /** How many participants have the role, when the document says so. */
  of: Maybe<Scalars['Int']['output']>;
  /** How many distinct signers are needed. */
  required: Scalars['Int']['output'];
  /** The role that is counted. */
  role: Scalars['String']['output'];
};

/** A change of state ordered by the zone authority. */
export type CorridorTransitionInput = {
  /** The corridor's version the caller saw. */
  expectedVersion: Scalars['Int']['input'];
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** The signed MSEZCorridorLifecycleTransitionCredential. */
  transition: Scalars['SignedDocument']['input'];
};

/** A corridor to open. */
export type CreateCorridorInput = {
  /** Lower-case letters, digits, dots and hyphens, at most 64, such as pak-uae. */
  id: Scalars['ID']['input'];
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** Two to sixteen participants. */
  participants: Array<CorridorParticipantInput>;
  /** A name for people, at most 200 characters. */
  title: Scalars['String']['input'];
};

/** A span of time; either end may be left open. */
export type DateTimeFilter = {
  /** At or after this. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A company; kept by the entities subgraph. */
export type Entity = {
  /** Its id. */
  id: Scalars['ID']['output'];
};

/** Proof that a receipt is in the chain a signed checkpoint commits to (spec/04-mmr.md). */
export type InclusionProof = {
  /** The signed checkpoint this proof is against. */
  checkpoint: CorridorCheckpoint;
  /** The corridor whose chain is meant. */
  corridorId: Scalars['ID']['output'];
  /** The proof as JSON text, as verifyInclusion of @sez/core/mmr and `sez verify proof` take it. */
  document: Scalars['String']['output'];
  /** Hash of the leaf. */
  leafHash: Scalars['Digest']['output'];
  /** Siblings from the leaf upwards. */
  path: Array<ProofStep>;
  /** That peak's height. */
  peakHeight: Scalars['Int']['output'];
  /** Which peak stands over the leaf, from 0 at the left. */
  peakIndex: Scalars['Int']['output'];
  /** All peaks from the left. */
  peaks: Array<MountainPeak>;
  /** The receipt's next_root, from which the leaf is hashed. */
  receiptNextRoot: Scalars['Digest']['output'];
  /** Root of the range, equal to the checkpoint's mmrRoot. */
  root: Scalars['Digest']['output'];
  /** The receipt's sequence, which is its leaf's index. */
  sequence: Scalars['Int']['output'];
  /** Leaves in the range, equal to the checkpoint's receiptCount. */
  size: Scalars['Int']['output'];
};

/** Where in the zone log an act was recorded. */
export type LogReference = {
  /** SHA-256 of the event's canonical text. */
  digest: Scalars['Digest']['output'];
  /** The event's id. */
  eventId: Scalars['ID']['output'];
  /** Its position; null until the sequencer has placed it. */
  position: Maybe<Scalars['BigInt']['output']>;
};

/** A peak of a Merkle mountain range. */
export type MountainPeak = {
  /** Its hash. */
  hash: Scalars['Digest']['output'];
  /** Its height; a leaf alone has 0. */
  height: Scalars['Int']['output'];
};

/** How corridors come to be, move and grow: by signed documents only. */
export type Mutation = {
  /**
   * PENDING to ACTIVE by the participants' signed MSEZCorridorAgreementCredentials: either one for each
   * party, or documents signed by several. Computes the agreement set's digest and the genesis root.
   * Codes: NOT_CANONICAL, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT,
   * INVALID_TRANSITION, SIGNATURE_INVALID, SIGNER_NOT_ALLOWED, DEFINITION_MISMATCH,
   * AGREEMENTS_DIFFER, AGREEMENT_PATTERN_MIXED, AGREEMENT_REPEATED, AGREEMENT_WITHHELD,
   * THRESHOLD_INVALID, THRESHOLD_NOT_MET.
   */
  activateCorridor: CorridorPayload;
  /**
   * Appends one signed MSEZCorridorStateReceipt to its corridor's chain. A receipt that is already
   * there is given back and its new valid proofs are kept. Refused, nothing is written.
   * Codes: RECEIPT_TOO_LARGE, NOT_CANONICAL, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND,
   * CORRIDOR_NOT_ACTIVE, STANDING_UNKNOWN, SUBJECT_BLOCKED, SIGNER_NOT_ALLOWED, SIGNATURE_INVALID,
   * STALE_HEAD (details hold the head: sequence, nextRoot, receiptCount), SEQUENCE_GAP,
   * NEXT_ROOT_MISMATCH, DIGEST_SET_NOT_NORMALIZED, LAWPACK_SET_MISMATCH, RULESET_SET_INCOMPLETE,
   * ENVELOPE_MISMATCH.
   */
  appendReceipt: ReceiptPayload;
  /**
   * Appends up to 100 signed receipts of one corridor in the order given, all or none. Codes: those of
   * appendReceipt, with details.index naming the receipt at fault.
   */
  appendReceipts: ReceiptsPayload;
  /**
   * Opens a corridor in DRAFT. A PARTNER must name itself among the participants.
   * Codes: VALIDATION_ERROR, FORBIDDEN for a token narrowed to other corridors, IDEMPOTENCY_KEY_REUSED,
   * CORRIDOR_EXISTS.
   */
  createCorridor: CorridorPayload;
  /**
   * DRAFT to PENDING by the signed MSEZCorridorDefinitionCredential. It must name the draft's
   * participants and this zone as its host, and its issuer must have signed it.
   * Codes: NOT_CANONICAL, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT,
   * INVALID_TRANSITION, SIGNATURE_INVALID, SIGNER_NOT_ALLOWED, HOST_ZONE_ELSEWHERE,
   * DEFINITION_MISMATCH, SIGNATURE_MISSING, THRESHOLD_INVALID.
   */
  proposeCorridor: CorridorPayload;
  /**
   * SUSPENDED to ACTIVE by an MSEZCorridorLifecycleTransitionCredential of the zone authority.
   * Codes: those of suspendCorridor.
   */
  resumeFromSuspension: CorridorPayload;
  /**
   * ACTIVE to SUSPENDED by an MSEZCorridorLifecycleTransitionCredential of the zone authority.
   * Receipts are refused from here on.
   * Codes: NOT_CANONICAL, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT,
   * SIGNATURE_INVALID, SIGNER_NOT_ALLOWED, TRANSITION_MISMATCH, FROM_STATE_MISMATCH,
   * INVALID_TRANSITION, TRANSITION_STALE.
   */
  suspendCorridor: CorridorPayload;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationActivateCorridorArgs = {
  input: ActivateCorridorInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationAppendReceiptArgs = {
  input: AppendReceiptInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationAppendReceiptsArgs = {
  input: AppendReceiptsInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationCreateCorridorArgs = {
  input: CreateCorridorInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationProposeCorridorArgs = {
  input: ProposeCorridorInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationResumeFromSuspensionArgs = {
  input: CorridorTransitionInput;
};


/** How corridors come to be, move and grow: by signed documents only. */
export type MutationSuspendCorridorArgs = {
  input: CorridorTransitionInput;
};

/** Where a page lies in its list. */
export type PageInfo = {
  /** Cursor of its last item; null when empty. */
  endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there is more after it. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is more before it. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of its first item; null when empty. */
  startCursor: Maybe<Scalars['String']['output']>;
};

/** On which side of the running hash a sibling stands. */
export type ProofSide =
  /** The sibling comes first. */
  | 'left'
  /** The sibling comes second. */
  | 'right';

/** A sibling on the way from a leaf to its peak. */
export type ProofStep = {
  /** Its hash. */
  hash: Scalars['Digest']['output'];
  /** Its side. */
  side: ProofSide;
};

/** A definition to accept. */
export type ProposeCorridorInput = {
  /** The signed MSEZCorridorDefinitionCredential. */
  definition: Scalars['SignedDocument']['input'];
  /** The corridor's version the caller saw. */
  expectedVersion: Scalars['Int']['input'];
  /** Repeating a request with the same key gives the same answer. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** What can be asked about corridors, their receipts and what proves them. */
export type Query = {
  /**
   * The signed checkpoints of one corridor, oldest first, or null when the corridor is not seen.
   * Codes: VALIDATION_ERROR, PAGE_SIZE_EXCEEDED, CURSOR_INVALID.
   */
  checkpoints: Maybe<CorridorCheckpointConnection>;
  /**
   * Proof that the chain of `to` receipts continues the chain of `from` receipts and rewrote nothing;
   * verified by verifyConsistency of @sez/core/mmr-consistency. Null when the corridor is not seen.
   * Codes: VALIDATION_ERROR unless 1 <= from <= to <= receiptCount.
   */
  consistencyProof: Maybe<ConsistencyProof>;
  /**
   * One corridor, or null when there is none with this id or it is not yours to see.
   * Codes: VALIDATION_ERROR.
   */
  corridor: Maybe<Corridor>;
  /**
   * The corridor's history in order, page by page: every change, receipt and checkpoint, with what is
   * needed to verify that nothing was left out. Its cursors and those of corridorEvents are the same.
   * Null when the corridor is not seen. Codes: VALIDATION_ERROR, PAGE_SIZE_EXCEEDED, CURSOR_INVALID,
   * CURSOR_FORKED, FUTURE_CURSOR, EXPIRED_CURSOR.
   */
  corridorEventLog: Maybe<CorridorEventConnection>;
  /**
   * The corridors the caller may see: a participant its own, REGULATOR, AUDITOR and ADMIN all.
   * Codes: PAGE_SIZE_EXCEEDED, CURSOR_INVALID, VALIDATION_ERROR.
   */
  corridors: Maybe<CorridorConnection>;
  /**
   * One receipt, named by its sequence or by its next_root (one of the two), or null.
   * Codes: VALIDATION_ERROR.
   */
  receipt: Maybe<Receipt>;
  /**
   * Proof that a receipt is in the chain that a signed corridor checkpoint commits to; verified offline
   * by verifyInclusion of @sez/core/mmr. Null when there is no such receipt or checkpoint.
   * Codes: VALIDATION_ERROR, CHECKPOINT_PENDING while no checkpoint covers the receipt yet (about a second: ask again),
   * CHECKPOINT_TOO_OLD when the checkpoint named by the caller was signed before the receipt.
   */
  receiptProof: Maybe<InclusionProof>;
  /**
   * The receipts of one corridor in the order of their sequence, or null when the corridor is not seen.
   * Codes: PAGE_SIZE_EXCEEDED, CURSOR_INVALID, VALIDATION_ERROR.
   */
  receipts: Maybe<ReceiptConnection>;
  /**
   * Checks a receipt by itself: form, digest sets, envelope, next_root and every signature. Anyone may
   * ask; a caller who may see the corridor also learns whether the receipt is stored.
   * Codes: RECEIPT_TOO_LARGE, NOT_CANONICAL, VALIDATION_ERROR.
   */
  verifyReceipt: ReceiptVerdict;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryCheckpointsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  corridorId: Scalars['ID']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryConsistencyProofArgs = {
  corridorId: Scalars['ID']['input'];
  from: Scalars['Int']['input'];
  to: Scalars['Int']['input'];
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryCorridorArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryCorridorEventLogArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  corridorId: Scalars['ID']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryCorridorsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<CorridorFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<CorridorOrder>;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryReceiptArgs = {
  corridorId: Scalars['ID']['input'];
  nextRoot: InputMaybe<Scalars['Digest']['input']>;
  sequence: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryReceiptProofArgs = {
  checkpoint: InputMaybe<Scalars['Digest']['input']>;
  corridorId: Scalars['ID']['input'];
  sequence: Scalars['Int']['input'];
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryReceiptsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  corridorId: Scalars['ID']['input'];
  filter: InputMaybe<ReceiptFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be asked about corridors, their receipts and what proves them. */
export type QueryVerifyReceiptArgs = {
  document: Scalars['SignedDocument']['input'];
};

/** One link of a corridor's chain: what participants signed, as they signed it. */
export type Receipt = {
  /** When this zone appended it. */
  appendedAt: Scalars['DateTime']['output'];
  /** Who sent it. */
  appendedBy: Maybe<Scalars['Did']['output']>;
  /** The corridor whose chain holds it. */
  corridor: Corridor;
  /** SHA-256 of its canonical form without proof. */
  digest: Scalars['Digest']['output'];
  /** Its text as first received. Proofs that came later are in `proofs` only. */
  document: Scalars['SignedDocument']['output'];
  /** The event of the zone log that recorded it. */
  log: LogReference;
  /** The root of the chain after this receipt; names the receipt everywhere. */
  nextRoot: Scalars['Digest']['output'];
  /** Digest of the envelope's payload; null when it carries none. */
  payloadDigest: Maybe<Scalars['Digest']['output']>;
  /** The root of the chain before it. */
  prevRoot: Scalars['Digest']['output'];
  /** All valid proofs by participants, in the order they came. */
  proofs: Array<ReceiptProof>;
  /** Its place in the chain, from 0. */
  sequence: Scalars['Int']['output'];
  /** Who signed it. */
  signers: Array<Scalars['Did']['output']>;
  /** Whether the corridor's receipt thresholds are met. */
  status: ReceiptStatus;
  /** The time its signers gave it. */
  timestamp: Scalars['DateTime']['output'];
  /** The kind of its transition envelope, such as settle.v1; null when it carries none. */
  transitionKind: Maybe<Scalars['String']['output']>;
};

/** A page of receipts. */
export type ReceiptConnection = {
  /** The receipts with their cursors. */
  edges: Array<ReceiptEdge>;
  /** The receipts. */
  nodes: Array<Receipt>;
  /** Where the page lies. */
  pageInfo: PageInfo;
  /** How many receipts match in all; counted only when asked for. */
  totalCount: Maybe<Scalars['Int']['output']>;
};

/** A receipt in a page. */
export type ReceiptEdge = {
  /** Where the next page may begin. */
  cursor: Scalars['String']['output'];
  /** The receipt. */
  node: Receipt;
};

/** Which receipts to give. Fields given together must all match. */
export type ReceiptFilter = {
  /** All of these match. */
  and?: InputMaybe<Array<ReceiptFilter>>;
  /** One of these matches. */
  or?: InputMaybe<Array<ReceiptFilter>>;
  /** By sequence. */
  sequence?: InputMaybe<SequenceFilter>;
  /** Those this DID has signed. */
  signer?: InputMaybe<Scalars['Did']['input']>;
  /** By the time their signers gave them. */
  timestamp?: InputMaybe<DateTimeFilter>;
  /** By the kind of their transition envelope. */
  transitionKind?: InputMaybe<TextFilter>;
};

/** What an appended receipt gives. */
export type ReceiptPayload = {
  /** Where it, or the merging of its proofs, is recorded. */
  log: LogReference;
  /** What became of it. */
  outcome: AppendOutcome;
  /** The receipt as stored. */
  receipt: Receipt;
};

/** A signature of a participant over a receipt. */
export type ReceiptProof = {
  /** When, by the signer's word, which the signature does not cover. */
  created: Scalars['DateTime']['output'];
  /** The signature: 64 bytes in base64url. */
  jws: Scalars['String']['output'];
  /** When this zone received it. */
  receivedAt: Scalars['DateTime']['output'];
  /** Who signed. */
  signer: Scalars['Did']['output'];
  /** The key it names. */
  verificationMethod: Scalars['String']['output'];
};

/** Whether enough participants have signed. */
export type ReceiptStatus =
  /** Every receipt threshold of the corridor is met by distinct signers. */
  | 'COMPLETE'
  /** Signed by at least one participant; a threshold is not met yet. */
  | 'PARTIAL';

/** What a check of a receipt found. */
export type ReceiptVerdict = {
  /** The next_root computed from the document; null when it cannot be. */
  computedNextRoot: Maybe<Scalars['Digest']['output']>;
  /** What is wrong, a sentence each. */
  problems: Array<Scalars['String']['output']>;
  /** The same receipt as stored here; null when it is not stored or not yours to see. */
  receipt: Maybe<Receipt>;
  /** Whose signatures hold. Whether they may sign here is known only to those who see the corridor. */
  signers: Array<Scalars['Did']['output']>;
  /** True when there are no problems and at least one signature. */
  valid: Scalars['Boolean']['output'];
};

/** What a batch of receipts gives. */
export type ReceiptsPayload = {
  /** One for each receipt sent, in the same order. */
  results: Array<ReceiptPayload>;
};

/** A span of sequences; either end may be left open. */
export type SequenceFilter = {
  /** At or after this. */
  from?: InputMaybe<Scalars['Int']['input']>;
  /** Before this. */
  until?: InputMaybe<Scalars['Int']['input']>;
};

/** What can be followed. */
export type Subscription = {
  /**
   * Every event of one corridor, in order and without a gap: first those after the cursor, then live.
   * Codes: VALIDATION_ERROR, NOT_FOUND, CURSOR_INVALID, CURSOR_FORKED, FUTURE_CURSOR, EXPIRED_CURSOR,
   * SUBSCRIBER_TOO_SLOW.
   */
  corridorEvents: CorridorEvent;
};


/** What can be followed. */
export type SubscriptionCorridorEventsArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  corridorId: Scalars['ID']['input'];
};

/** Text that equals, is one of, or begins with. */
export type TextFilter = {
  /** Equal to this. */
  eq?: InputMaybe<Scalars['String']['input']>;
  /** Equal to one of these, at most 100. */
  in?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Begins with this. */
  prefix?: InputMaybe<Scalars['String']['input']>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Corridor: Corridor;
  CorridorCheckpoint: CorridorCheckpoint;
  Receipt: Receipt;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Corridor:
    ( { __typename: 'Corridor' }
    & GraphQLRecursivePick<FederationTypes['Corridor'], {"id":true}> );
  CorridorCheckpoint:
    ( { __typename: 'CorridorCheckpoint' }
    & GraphQLRecursivePick<FederationTypes['CorridorCheckpoint'], {"digest":true}> );
  Receipt:
    ( { __typename: 'Receipt' }
    & GraphQLRecursivePick<FederationTypes['Receipt'], {"nextRoot":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  ActivateCorridorInput: ActivateCorridorInput;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  AppendOutcome: AppendOutcome;
  AppendReceiptInput: AppendReceiptInput;
  AppendReceiptsInput: AppendReceiptsInput;
  BigInt: ResolverTypeWrapper<Scalars['BigInt']['output']>;
  ChainHead: ResolverTypeWrapper<ChainHead>;
  ConsistencyProof: ResolverTypeWrapper<ConsistencyProof>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Corridor: ResolverTypeWrapper<CorridorRow>;
  CorridorCheckpoint: ResolverTypeWrapper<CorridorCheckpointRow>;
  CorridorCheckpointConnection: ResolverTypeWrapper<Omit<CorridorCheckpointConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['CorridorCheckpointEdge']>, nodes: Array<ResolversTypes['CorridorCheckpoint']> }>;
  CorridorCheckpointEdge: ResolverTypeWrapper<Omit<CorridorCheckpointEdge, 'node'> & { node: ResolversTypes['CorridorCheckpoint'] }>;
  CorridorConnection: ResolverTypeWrapper<CorridorConnectionRow>;
  CorridorDocument: ResolverTypeWrapper<CorridorDocumentRow>;
  CorridorDocumentKind: CorridorDocumentKind;
  CorridorEdge: ResolverTypeWrapper<Omit<CorridorEdge, 'node'> & { node: ResolversTypes['Corridor'] }>;
  CorridorEvent: ResolverTypeWrapper<CorridorEventRow>;
  CorridorEventConnection: ResolverTypeWrapper<Omit<CorridorEventConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['CorridorEventEdge']>, nodes: Array<ResolversTypes['CorridorEvent']> }>;
  CorridorEventEdge: ResolverTypeWrapper<Omit<CorridorEventEdge, 'node'> & { node: ResolversTypes['CorridorEvent'] }>;
  CorridorEventKind: CorridorEventKind;
  CorridorFilter: CorridorFilter;
  CorridorHostZone: ResolverTypeWrapper<CorridorHostZone>;
  CorridorMove: ResolverTypeWrapper<CorridorMove>;
  CorridorMoveEvent: CorridorMoveEvent;
  CorridorOrder: CorridorOrder;
  CorridorParticipant: ResolverTypeWrapper<CorridorParticipantRow>;
  CorridorParticipantInput: CorridorParticipantInput;
  CorridorPayload: ResolverTypeWrapper<Omit<CorridorPayload, 'corridor' | 'log'> & { corridor: ResolversTypes['Corridor'], log: ResolversTypes['LogReference'] }>;
  CorridorState: CorridorState;
  CorridorStateFilter: CorridorStateFilter;
  CorridorThreshold: ResolverTypeWrapper<CorridorThreshold>;
  CorridorTransitionInput: CorridorTransitionInput;
  CreateCorridorInput: CreateCorridorInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeFilter: DateTimeFilter;
  Did: ResolverTypeWrapper<Scalars['Did']['output']>;
  Digest: ResolverTypeWrapper<Scalars['Digest']['output']>;
  Entity: ResolverTypeWrapper<Entity>;
  InclusionProof: ResolverTypeWrapper<Omit<InclusionProof, 'checkpoint'> & { checkpoint: ResolversTypes['CorridorCheckpoint'] }>;
  LogReference: ResolverTypeWrapper<LogReferenceRow>;
  MountainPeak: ResolverTypeWrapper<MountainPeak>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ProofSide: ProofSide;
  ProofStep: ResolverTypeWrapper<ProofStep>;
  ProposeCorridorInput: ProposeCorridorInput;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Receipt: ResolverTypeWrapper<ReceiptRow>;
  ReceiptConnection: ResolverTypeWrapper<ReceiptConnectionRow>;
  ReceiptEdge: ResolverTypeWrapper<Omit<ReceiptEdge, 'node'> & { node: ResolversTypes['Receipt'] }>;
  ReceiptFilter: ReceiptFilter;
  ReceiptPayload: ResolverTypeWrapper<Omit<ReceiptPayload, 'log' | 'receipt'> & { log: ResolversTypes['LogReference'], receipt: ResolversTypes['Receipt'] }>;
  ReceiptProof: ResolverTypeWrapper<ReceiptProofRow>;
  ReceiptStatus: ReceiptStatus;
  ReceiptVerdict: ResolverTypeWrapper<Omit<ReceiptVerdict, 'receipt'> & { receipt?: Maybe<ResolversTypes['Receipt']> }>;
  ReceiptsPayload: ResolverTypeWrapper<Omit<ReceiptsPayload, 'results'> & { results: Array<ResolversTypes['ReceiptPayload']> }>;
  SequenceFilter: SequenceFilter;
  SignedDocument: ResolverTypeWrapper<Scalars['SignedDocument']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TextFilter: TextFilter;
  Uuid: ResolverTypeWrapper<Scalars['Uuid']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  ActivateCorridorInput: ActivateCorridorInput;
  Int: Scalars['Int']['output'];
  AppendReceiptInput: AppendReceiptInput;
  AppendReceiptsInput: AppendReceiptsInput;
  BigInt: Scalars['BigInt']['output'];
  ChainHead: ChainHead;
  ConsistencyProof: ConsistencyProof;
  ID: Scalars['ID']['output'];
  String: Scalars['String']['output'];
  Corridor: CorridorRow;
  CorridorCheckpoint: CorridorCheckpointRow;
  CorridorCheckpointConnection: Omit<CorridorCheckpointConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['CorridorCheckpointEdge']>, nodes: Array<ResolversParentTypes['CorridorCheckpoint']> };
  CorridorCheckpointEdge: Omit<CorridorCheckpointEdge, 'node'> & { node: ResolversParentTypes['CorridorCheckpoint'] };
  CorridorConnection: CorridorConnectionRow;
  CorridorDocument: CorridorDocumentRow;
  CorridorEdge: Omit<CorridorEdge, 'node'> & { node: ResolversParentTypes['Corridor'] };
  CorridorEvent: CorridorEventRow;
  CorridorEventConnection: Omit<CorridorEventConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['CorridorEventEdge']>, nodes: Array<ResolversParentTypes['CorridorEvent']> };
  CorridorEventEdge: Omit<CorridorEventEdge, 'node'> & { node: ResolversParentTypes['CorridorEvent'] };
  CorridorFilter: CorridorFilter;
  CorridorHostZone: CorridorHostZone;
  CorridorMove: CorridorMove;
  CorridorParticipant: CorridorParticipantRow;
  CorridorParticipantInput: CorridorParticipantInput;
  CorridorPayload: Omit<CorridorPayload, 'corridor' | 'log'> & { corridor: ResolversParentTypes['Corridor'], log: ResolversParentTypes['LogReference'] };
  CorridorStateFilter: CorridorStateFilter;
  CorridorThreshold: CorridorThreshold;
  CorridorTransitionInput: CorridorTransitionInput;
  CreateCorridorInput: CreateCorridorInput;
  DateTime: Scalars['DateTime']['output'];
  DateTimeFilter: DateTimeFilter;
  Did: Scalars['Did']['output'];
  Digest: Scalars['Digest']['output'];
  Entity: Entity;
  InclusionProof: Omit<InclusionProof, 'checkpoint'> & { checkpoint: ResolversParentTypes['CorridorCheckpoint'] };
  LogReference: LogReferenceRow;
  MountainPeak: MountainPeak;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  ProofStep: ProofStep;
  ProposeCorridorInput: ProposeCorridorInput;
  Query: Record<PropertyKey, never>;
  Receipt: ReceiptRow;
  ReceiptConnection: ReceiptConnectionRow;
  ReceiptEdge: Omit<ReceiptEdge, 'node'> & { node: ResolversParentTypes['Receipt'] };
  ReceiptFilter: ReceiptFilter;
  ReceiptPayload: Omit<ReceiptPayload, 'log' | 'receipt'> & { log: ResolversParentTypes['LogReference'], receipt: ResolversParentTypes['Receipt'] };
  ReceiptProof: ReceiptProofRow;
  ReceiptVerdict: Omit<ReceiptVerdict, 'receipt'> & { receipt?: Maybe<ResolversParentTypes['Receipt']> };
  ReceiptsPayload: Omit<ReceiptsPayload, 'results'> & { results: Array<ResolversParentTypes['ReceiptPayload']> };
  SequenceFilter: SequenceFilter;
  SignedDocument: Scalars['SignedDocument']['output'];
  Subscription: Record<PropertyKey, never>;
  TextFilter: TextFilter;
  Uuid: Scalars['Uuid']['output'];
};

export interface BigIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['BigInt'], any> {
  name: 'BigInt';
}

export type ChainHeadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChainHead'] = ResolversParentTypes['ChainHead']> = {
  nextRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  receiptCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sequence?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ConsistencyProofResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConsistencyProof'] = ResolversParentTypes['ConsistencyProof']> = {
  corridorId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  fromRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  toRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
};

export type CorridorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Corridor'] = ResolversParentTypes['Corridor'], FederationReferenceType extends FederationReferenceTypes['Corridor'] = FederationReferenceTypes['Corridor']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Corridor']> | FederationReferenceType, FederationReferenceType, ContextType>;
  activationThresholds?: Resolver<Maybe<Array<ResolversTypes['CorridorThreshold']>>, ParentType, ContextType>;
  agreementSetDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  definitionDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  documents?: Resolver<Array<ResolversTypes['CorridorDocument']>, ParentType, ContextType>;
  genesisRoot?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  head?: Resolver<Maybe<ResolversTypes['ChainHead']>, ParentType, ContextType>;
  hostZone?: Resolver<Maybe<ResolversTypes['CorridorHostZone']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastReceipts?: Resolver<Array<ResolversTypes['Receipt']>, ParentType, ContextType, RequireFields<CorridorLastReceiptsArgs, 'first'>>;
  latestCheckpoint?: Resolver<Maybe<ResolversTypes['CorridorCheckpoint']>, ParentType, ContextType>;
  lawpackDigestSet?: Resolver<Maybe<Array<ResolversTypes['Digest']>>, ParentType, ContextType>;
  nextMoves?: Resolver<Array<ResolversTypes['CorridorMove']>, ParentType, ContextType>;
  participants?: Resolver<Array<ResolversTypes['CorridorParticipant']>, ParentType, ContextType>;
  receiptThresholds?: Resolver<Maybe<Array<ResolversTypes['CorridorThreshold']>>, ParentType, ContextType>;
  receipts?: Resolver<ResolversTypes['ReceiptConnection'], ParentType, ContextType, RequireFields<CorridorReceiptsArgs, 'first'>>;
  rulesetDigestSet?: Resolver<Maybe<Array<ResolversTypes['Digest']>>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['CorridorState'], ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type CorridorCheckpointResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorCheckpoint'] = ResolversParentTypes['CorridorCheckpoint'], FederationReferenceType extends FederationReferenceTypes['CorridorCheckpoint'] = FederationReferenceTypes['CorridorCheckpoint']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['CorridorCheckpoint']> | FederationReferenceType, FederationReferenceType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  corridor?: Resolver<ResolversTypes['Corridor'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['SignedDocument'], ParentType, ContextType>;
  finalStateRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  mmrRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  receiptCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type CorridorCheckpointConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorCheckpointConnection'] = ResolversParentTypes['CorridorCheckpointConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CorridorCheckpointEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['CorridorCheckpoint']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CorridorCheckpointEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorCheckpointEdge'] = ResolversParentTypes['CorridorCheckpointEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['CorridorCheckpoint'], ParentType, ContextType>;
};

export type CorridorConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorConnection'] = ResolversParentTypes['CorridorConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CorridorEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Corridor']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type CorridorDocumentResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorDocument'] = ResolversParentTypes['CorridorDocument']> = {
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['SignedDocument'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['CorridorDocumentKind'], ParentType, ContextType>;
  receivedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type CorridorEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorEdge'] = ResolversParentTypes['CorridorEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Corridor'], ParentType, ContextType>;
};

export type CorridorEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorEvent'] = ResolversParentTypes['CorridorEvent']> = {
  actor?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  checkpoint?: Resolver<Maybe<ResolversTypes['CorridorCheckpoint']>, ParentType, ContextType>;
  corridor?: Resolver<ResolversTypes['Corridor'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  digest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  document?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  eventId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  hash?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['CorridorEventKind'], ParentType, ContextType>;
  logCheckpoint?: Resolver<Maybe<ResolversTypes['SignedDocument']>, ParentType, ContextType>;
  position?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
  previousDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['Receipt']>, ParentType, ContextType>;
  streamSequence?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type CorridorEventConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorEventConnection'] = ResolversParentTypes['CorridorEventConnection']> = {
  edges?: Resolver<Array<ResolversTypes['CorridorEventEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['CorridorEvent']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CorridorEventEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorEventEdge'] = ResolversParentTypes['CorridorEventEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['CorridorEvent'], ParentType, ContextType>;
};

export type CorridorHostZoneResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorHostZone'] = ResolversParentTypes['CorridorHostZone']> = {
  authority?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  zoneId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type CorridorMoveResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorMove'] = ResolversParentTypes['CorridorMove']> = {
  blockedBy?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  event?: Resolver<ResolversTypes['CorridorMoveEvent'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['CorridorState'], ParentType, ContextType>;
};

export type CorridorParticipantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorParticipant'] = ResolversParentTypes['CorridorParticipant']> = {
  did?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  entity?: Resolver<Maybe<ResolversTypes['Entity']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CorridorPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorPayload'] = ResolversParentTypes['CorridorPayload']> = {
  corridor?: Resolver<ResolversTypes['Corridor'], ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
};

export type CorridorThresholdResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CorridorThreshold'] = ResolversParentTypes['CorridorThreshold']> = {
  of?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  required?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  role?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Did'], any> {
  name: 'Did';
}

export interface DigestScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Digest'], any> {
  name: 'Digest';
}

export type EntityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Entity'] = ResolversParentTypes['Entity']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type InclusionProofResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InclusionProof'] = ResolversParentTypes['InclusionProof']> = {
  checkpoint?: Resolver<ResolversTypes['CorridorCheckpoint'], ParentType, ContextType>;
  corridorId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  leafHash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  path?: Resolver<Array<ResolversTypes['ProofStep']>, ParentType, ContextType>;
  peakHeight?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  peakIndex?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  peaks?: Resolver<Array<ResolversTypes['MountainPeak']>, ParentType, ContextType>;
  receiptNextRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  root?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  sequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LogReferenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogReference'] = ResolversParentTypes['LogReference']> = {
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  position?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
};

export type MountainPeakResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MountainPeak'] = ResolversParentTypes['MountainPeak']> = {
  hash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  activateCorridor?: Resolver<ResolversTypes['CorridorPayload'], ParentType, ContextType, RequireFields<MutationActivateCorridorArgs, 'input'>>;
  appendReceipt?: Resolver<ResolversTypes['ReceiptPayload'], ParentType, ContextType, RequireFields<MutationAppendReceiptArgs, 'input'>>;
  appendReceipts?: Resolver<ResolversTypes['ReceiptsPayload'], ParentType, ContextType, RequireFields<MutationAppendReceiptsArgs, 'input'>>;
  createCorridor?: Resolver<ResolversTypes['CorridorPayload'], ParentType, ContextType, RequireFields<MutationCreateCorridorArgs, 'input'>>;
  proposeCorridor?: Resolver<ResolversTypes['CorridorPayload'], ParentType, ContextType, RequireFields<MutationProposeCorridorArgs, 'input'>>;
  resumeFromSuspension?: Resolver<ResolversTypes['CorridorPayload'], ParentType, ContextType, RequireFields<MutationResumeFromSuspensionArgs, 'input'>>;
  suspendCorridor?: Resolver<ResolversTypes['CorridorPayload'], ParentType, ContextType, RequireFields<MutationSuspendCorridorArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProofStepResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProofStep'] = ResolversParentTypes['ProofStep']> = {
  hash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  side?: Resolver<ResolversTypes['ProofSide'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  checkpoints?: Resolver<Maybe<ResolversTypes['CorridorCheckpointConnection']>, ParentType, ContextType, RequireFields<QueryCheckpointsArgs, 'corridorId' | 'first'>>;
  consistencyProof?: Resolver<Maybe<ResolversTypes['ConsistencyProof']>, ParentType, ContextType, RequireFields<QueryConsistencyProofArgs, 'corridorId' | 'from' | 'to'>>;
  corridor?: Resolver<Maybe<ResolversTypes['Corridor']>, ParentType, ContextType, RequireFields<QueryCorridorArgs, 'id'>>;
  corridorEventLog?: Resolver<Maybe<ResolversTypes['CorridorEventConnection']>, ParentType, ContextType, RequireFields<QueryCorridorEventLogArgs, 'corridorId' | 'first'>>;
  corridors?: Resolver<Maybe<ResolversTypes['CorridorConnection']>, ParentType, ContextType, RequireFields<QueryCorridorsArgs, 'first' | 'orderBy'>>;
  receipt?: Resolver<Maybe<ResolversTypes['Receipt']>, ParentType, ContextType, RequireFields<QueryReceiptArgs, 'corridorId'>>;
  receiptProof?: Resolver<Maybe<ResolversTypes['InclusionProof']>, ParentType, ContextType, RequireFields<QueryReceiptProofArgs, 'corridorId' | 'sequence'>>;
  receipts?: Resolver<Maybe<ResolversTypes['ReceiptConnection']>, ParentType, ContextType, RequireFields<QueryReceiptsArgs, 'corridorId' | 'first'>>;
  verifyReceipt?: Resolver<ResolversTypes['ReceiptVerdict'], ParentType, ContextType, RequireFields<QueryVerifyReceiptArgs, 'document'>>;
};

export type ReceiptResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Receipt'] = ResolversParentTypes['Receipt'], FederationReferenceType extends FederationReferenceTypes['Receipt'] = FederationReferenceTypes['Receipt']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Receipt']> | FederationReferenceType, FederationReferenceType, ContextType>;
  appendedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  appendedBy?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  corridor?: Resolver<ResolversTypes['Corridor'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['SignedDocument'], ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  nextRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  payloadDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  prevRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  proofs?: Resolver<Array<ResolversTypes['ReceiptProof']>, ParentType, ContextType>;
  sequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  signers?: Resolver<Array<ResolversTypes['Did']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ReceiptStatus'], ParentType, ContextType>;
  timestamp?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  transitionKind?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ReceiptConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptConnection'] = ResolversParentTypes['ReceiptConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ReceiptEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Receipt']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ReceiptEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptEdge'] = ResolversParentTypes['ReceiptEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Receipt'], ParentType, ContextType>;
};

export type ReceiptPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptPayload'] = ResolversParentTypes['ReceiptPayload']> = {
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['AppendOutcome'], ParentType, ContextType>;
  receipt?: Resolver<ResolversTypes['Receipt'], ParentType, ContextType>;
};

export type ReceiptProofResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptProof'] = ResolversParentTypes['ReceiptProof']> = {
  created?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  jws?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  receivedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  signer?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  verificationMethod?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ReceiptVerdictResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptVerdict'] = ResolversParentTypes['ReceiptVerdict']> = {
  computedNextRoot?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  problems?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['Receipt']>, ParentType, ContextType>;
  signers?: Resolver<Array<ResolversTypes['Did']>, ParentType, ContextType>;
  valid?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ReceiptsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReceiptsPayload'] = ResolversParentTypes['ReceiptsPayload']> = {
  results?: Resolver<Array<ResolversTypes['ReceiptPayload']>, ParentType, ContextType>;
};

export interface SignedDocumentScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['SignedDocument'], any> {
  name: 'SignedDocument';
}

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  corridorEvents?: SubscriptionResolver<ResolversTypes['CorridorEvent'], "corridorEvents", ParentType, ContextType, RequireFields<SubscriptionCorridorEventsArgs, 'corridorId'>>;
};

export interface UuidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Uuid'], any> {
  name: 'Uuid';
}

export type Resolvers<ContextType = Context> = {
  BigInt?: GraphQLScalarType;
  ChainHead?: ChainHeadResolvers<ContextType>;
  ConsistencyProof?: ConsistencyProofResolvers<ContextType>;
  Corridor?: CorridorResolvers<ContextType>;
  CorridorCheckpoint?: CorridorCheckpointResolvers<ContextType>;
  CorridorCheckpointConnection?: CorridorCheckpointConnectionResolvers<ContextType>;
  CorridorCheckpointEdge?: CorridorCheckpointEdgeResolvers<ContextType>;
  CorridorConnection?: CorridorConnectionResolvers<ContextType>;
  CorridorDocument?: CorridorDocumentResolvers<ContextType>;
  CorridorEdge?: CorridorEdgeResolvers<ContextType>;
  CorridorEvent?: CorridorEventResolvers<ContextType>;
  CorridorEventConnection?: CorridorEventConnectionResolvers<ContextType>;
  CorridorEventEdge?: CorridorEventEdgeResolvers<ContextType>;
  CorridorHostZone?: CorridorHostZoneResolvers<ContextType>;
  CorridorMove?: CorridorMoveResolvers<ContextType>;
  CorridorParticipant?: CorridorParticipantResolvers<ContextType>;
  CorridorPayload?: CorridorPayloadResolvers<ContextType>;
  CorridorThreshold?: CorridorThresholdResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  Did?: GraphQLScalarType;
  Digest?: GraphQLScalarType;
  Entity?: EntityResolvers<ContextType>;
  InclusionProof?: InclusionProofResolvers<ContextType>;
  LogReference?: LogReferenceResolvers<ContextType>;
  MountainPeak?: MountainPeakResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  ProofStep?: ProofStepResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Receipt?: ReceiptResolvers<ContextType>;
  ReceiptConnection?: ReceiptConnectionResolvers<ContextType>;
  ReceiptEdge?: ReceiptEdgeResolvers<ContextType>;
  ReceiptPayload?: ReceiptPayloadResolvers<ContextType>;
  ReceiptProof?: ReceiptProofResolvers<ContextType>;
  ReceiptVerdict?: ReceiptVerdictResolvers<ContextType>;
  ReceiptsPayload?: ReceiptsPayloadResolvers<ContextType>;
  SignedDocument?: GraphQLScalarType;
  Subscription?: SubscriptionResolvers<ContextType>;
  Uuid?: GraphQLScalarType;
};

