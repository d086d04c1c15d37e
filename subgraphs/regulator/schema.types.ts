import type { Did } from '@sez/core/did';
import type { Digest } from '@sez/core/digest';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { LogEntryRow, LogCheckpointRow } from './rows.ts';
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
  /** The text of a signed JSON document, as it was signed. */
  SignedDocument: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

/** The zone's signature over its whole log. */
export type LogCheckpoint = {
  /** When it was signed. */
  at: Scalars['DateTime']['output'];
  /** The signed SezLogCheckpoint. */
  document: Scalars['SignedDocument']['output'];
  /** Hash of the last entry it covers. */
  headHash: Scalars['Digest']['output'];
  /** Root of the Merkle mountain range over the entries' hashes. */
  root: Scalars['Digest']['output'];
  /** How many entries it covers. */
  size: Scalars['BigInt']['output'];
};

/** Proof that a longer log continues a shorter one. */
export type LogConsistencyProof = {
  /** The proof as JSON text, as verifyConsistency of @sez/core/mmr-consistency takes it. */
  document: Scalars['String']['output'];
  /** Entries in the older state. */
  from: Scalars['BigInt']['output'];
  /** Root of the older state. */
  fromRoot: Scalars['Digest']['output'];
  /** Entries in the newer state. */
  to: Scalars['BigInt']['output'];
  /** Root of the newer state. */
  toRoot: Scalars['Digest']['output'];
};

/** One entry of the zone log: an event, its place and its hash. */
export type LogEntry = {
  /** Who caused it; the zone's own DID for what it does by itself. */
  actor: Maybe<Scalars['Did']['output']>;
  /** When it happened, in whole seconds. */
  at: Scalars['DateTime']['output'];
  /** SHA-256 of `document`. */
  digest: Scalars['Digest']['output'];
  /** The event's canonical text. */
  document: Scalars['String']['output'];
  /** The event's id. */
  eventId: Scalars['ID']['output'];
  /** The log's chain hash: SHA-256 of sez-log-v1, the hash before it and `digest`. */
  hash: Scalars['Digest']['output'];
  /** Its position, from 1 without a gap. */
  position: Scalars['BigInt']['output'];
  /** Digest of the event before it in the stream; null for the first. */
  previousDigest: Maybe<Scalars['Digest']['output']>;
  /** When it got its position. */
  recordedAt: Scalars['DateTime']['output'];
  /** The stream it belongs to, such as corridor/pak-uae. */
  stream: Scalars['String']['output'];
  /** Its number in that stream, from 1 without a gap. */
  streamSequence: Scalars['Int']['output'];
  /** What happened, such as corridor.receipt-appended. */
  type: Scalars['String']['output'];
};

/** A page of log entries. */
export type LogEntryConnection = {
  /** The entries with their cursors. */
  edges: Array<LogEntryEdge>;
  /** The entries. */
  nodes: Array<LogEntry>;
  /** Where the page lies. */
  pageInfo: PageInfo;
};

/** An entry in a page. */
export type LogEntryEdge = {
  /** Where the next page may begin. */
  cursor: Scalars['String']['output'];
  /** The entry. */
  node: LogEntry;
};

/** Proof that an entry is in the log a signed checkpoint commits to (spec/25-zone-log-queries.md §3). */
export type LogInclusionProof = {
  /** The signed checkpoint this proof is against. */
  checkpoint: LogCheckpoint;
  /** The proof as JSON text, as verifyInclusion of @sez/core/mmr and `sez verify proof` take it. */
  document: Scalars['String']['output'];
  /** The entry's hash, which is the leaf's value. */
  hash: Scalars['Digest']['output'];
  /** The entry's position. */
  position: Scalars['BigInt']['output'];
  /** Root of the log, equal to the checkpoint's. */
  root: Scalars['Digest']['output'];
  /** Entries in the log, equal to the checkpoint's size. */
  size: Scalars['BigInt']['output'];
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

/** The zone log and what proves it. There is nothing here to change. */
export type Query = {
  /** The newest signed checkpoint of the zone log; null until the first event is sealed. */
  latestCheckpoint: Maybe<LogCheckpoint>;
  /**
   * Proof that the log of `to` entries continues the log of `from` entries and rewrote nothing. It
   * holds hashes only, so anyone may ask.
   * Codes: VALIDATION_ERROR unless 1 <= from <= to <= the size of the newest checkpoint; ENTRY_ARCHIVED
   * for an archived size that no checkpoint has.
   */
  logConsistency: Maybe<LogConsistencyProof>;
  /**
   * Entries of the zone log in order of position.
   * Codes: PAGE_SIZE_EXCEEDED, VALIDATION_ERROR, CURSOR_INVALID, CURSOR_FORKED, FUTURE_CURSOR,
   * EXPIRED_CURSOR where the page would begin with archived entries: those up to details.floor are in
   * the operator's files, and details.resume is the cursor to go on with.
   */
  logEntries: Maybe<LogEntryConnection>;
  /**
   * One entry of the zone log, named by its position or by its event (one of the two); null when there
   * is none or it is not yours to see: REGULATOR, AUDITOR and ADMIN see all, everyone else the entries
   * they caused. Codes: VALIDATION_ERROR, ENTRY_ARCHIVED for what was archived.
   */
  logEntry: Maybe<LogEntry>;
  /**
   * Proof that an entry is in the log that a signed checkpoint commits to; verified by verifyInclusion
   * of @sez/core/mmr with the entry's hash as next_root. Null when there is no such entry, or it is not
   * yours to see. Codes: CHECKPOINT_PENDING while no checkpoint covers the entry yet (about a second),
   * CHECKPOINT_TOO_OLD when the size named by the caller does not reach the entry; NOT_FOUND when no
   * checkpoint of that size was signed; ENTRY_ARCHIVED for what was archived.
   */
  logProof: Maybe<LogInclusionProof>;
  /** Which zone this is. */
  zone: Zone;
  /** The keys that sign for the zone, newest last. */
  zoneKeys: Array<ZoneKey>;
};


/** The zone log and what proves it. There is nothing here to change. */
export type QueryLogConsistencyArgs = {
  from: Scalars['BigInt']['input'];
  to: Scalars['BigInt']['input'];
};


/** The zone log and what proves it. There is nothing here to change. */
export type QueryLogEntriesArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  stream: InputMaybe<Scalars['String']['input']>;
};


/** The zone log and what proves it. There is nothing here to change. */
export type QueryLogEntryArgs = {
  eventId: InputMaybe<Scalars['ID']['input']>;
  position: InputMaybe<Scalars['BigInt']['input']>;
};


/** The zone log and what proves it. There is nothing here to change. */
export type QueryLogProofArgs = {
  checkpointSize: InputMaybe<Scalars['BigInt']['input']>;
  position: Scalars['BigInt']['input'];
};

/** One deployment: a sovereign's zone, whose data never leaves it. */
export type Zone = {
  /** The DID that signs its checkpoints. */
  did: Scalars['Did']['output'];
  /** Its id, such as pk-rsez. */
  id: Scalars['ID']['output'];
  /** How it runs: development hands out tokens and test data, production does not. */
  mode: ZoneMode;
  /** Its name for people. */
  name: Scalars['String']['output'];
};

/** A key that signs for the zone. */
export type ZoneKey = {
  /** The key as a did:key. */
  did: Scalars['Did']['output'];
  /** The first log position it signs for. */
  validFrom: Scalars['BigInt']['output'];
};

/** How a zone runs. */
export type ZoneMode =
  /** On one machine, with test data and a token issuer. */
  | 'DEVELOPMENT'
  /** For real. */
  | 'PRODUCTION';



export type ResolverTypeWrapper<T> = Promise<T> | T;


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





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  BigInt: ResolverTypeWrapper<Scalars['BigInt']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Did: ResolverTypeWrapper<Scalars['Did']['output']>;
  Digest: ResolverTypeWrapper<Scalars['Digest']['output']>;
  LogCheckpoint: ResolverTypeWrapper<LogCheckpointRow>;
  LogConsistencyProof: ResolverTypeWrapper<LogConsistencyProof>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  LogEntry: ResolverTypeWrapper<LogEntryRow>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  LogEntryConnection: ResolverTypeWrapper<Omit<LogEntryConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['LogEntryEdge']>, nodes: Array<ResolversTypes['LogEntry']> }>;
  LogEntryEdge: ResolverTypeWrapper<Omit<LogEntryEdge, 'node'> & { node: ResolversTypes['LogEntry'] }>;
  LogInclusionProof: ResolverTypeWrapper<Omit<LogInclusionProof, 'checkpoint'> & { checkpoint: ResolversTypes['LogCheckpoint'] }>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SignedDocument: ResolverTypeWrapper<Scalars['SignedDocument']['output']>;
  Zone: ResolverTypeWrapper<Zone>;
  ZoneKey: ResolverTypeWrapper<ZoneKey>;
  ZoneMode: ZoneMode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  BigInt: Scalars['BigInt']['output'];
  DateTime: Scalars['DateTime']['output'];
  Did: Scalars['Did']['output'];
  Digest: Scalars['Digest']['output'];
  LogCheckpoint: LogCheckpointRow;
  LogConsistencyProof: LogConsistencyProof;
  String: Scalars['String']['output'];
  LogEntry: LogEntryRow;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  LogEntryConnection: Omit<LogEntryConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['LogEntryEdge']>, nodes: Array<ResolversParentTypes['LogEntry']> };
  LogEntryEdge: Omit<LogEntryEdge, 'node'> & { node: ResolversParentTypes['LogEntry'] };
  LogInclusionProof: Omit<LogInclusionProof, 'checkpoint'> & { checkpoint: ResolversParentTypes['LogCheckpoint'] };
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  Query: Record<PropertyKey, never>;
  SignedDocument: Scalars['SignedDocument']['output'];
  Zone: Zone;
  ZoneKey: ZoneKey;
};

export interface BigIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['BigInt'], any> {
  name: 'BigInt';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Did'], any> {
  name: 'Did';
}

export interface DigestScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Digest'], any> {
  name: 'Digest';
}

export type LogCheckpointResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogCheckpoint'] = ResolversParentTypes['LogCheckpoint']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['SignedDocument'], ParentType, ContextType>;
  headHash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  root?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type LogConsistencyProofResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogConsistencyProof'] = ResolversParentTypes['LogConsistencyProof']> = {
  document?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  fromRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  toRoot?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
};

export type LogEntryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogEntry'] = ResolversParentTypes['LogEntry']> = {
  actor?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  previousDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  recordedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  stream?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  streamSequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LogEntryConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogEntryConnection'] = ResolversParentTypes['LogEntryConnection']> = {
  edges?: Resolver<Array<ResolversTypes['LogEntryEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['LogEntry']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type LogEntryEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogEntryEdge'] = ResolversParentTypes['LogEntryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['LogEntry'], ParentType, ContextType>;
};

export type LogInclusionProofResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogInclusionProof'] = ResolversParentTypes['LogInclusionProof']> = {
  checkpoint?: Resolver<ResolversTypes['LogCheckpoint'], ParentType, ContextType>;
  document?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  root?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  latestCheckpoint?: Resolver<Maybe<ResolversTypes['LogCheckpoint']>, ParentType, ContextType>;
  logConsistency?: Resolver<Maybe<ResolversTypes['LogConsistencyProof']>, ParentType, ContextType, RequireFields<QueryLogConsistencyArgs, 'from' | 'to'>>;
  logEntries?: Resolver<Maybe<ResolversTypes['LogEntryConnection']>, ParentType, ContextType, RequireFields<QueryLogEntriesArgs, 'first'>>;
  logEntry?: Resolver<Maybe<ResolversTypes['LogEntry']>, ParentType, ContextType, Partial<QueryLogEntryArgs>>;
  logProof?: Resolver<Maybe<ResolversTypes['LogInclusionProof']>, ParentType, ContextType, RequireFields<QueryLogProofArgs, 'position'>>;
  zone?: Resolver<ResolversTypes['Zone'], ParentType, ContextType>;
  zoneKeys?: Resolver<Array<ResolversTypes['ZoneKey']>, ParentType, ContextType>;
};

export interface SignedDocumentScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['SignedDocument'], any> {
  name: 'SignedDocument';
}

export type ZoneResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Zone'] = ResolversParentTypes['Zone']> = {
  did?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['ZoneMode'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ZoneKeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ZoneKey'] = ResolversParentTypes['ZoneKey']> = {
  did?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  validFrom?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  BigInt?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Did?: GraphQLScalarType;
  Digest?: GraphQLScalarType;
  LogCheckpoint?: LogCheckpointResolvers<ContextType>;
  LogConsistencyProof?: LogConsistencyProofResolvers<ContextType>;
  LogEntry?: LogEntryResolvers<ContextType>;
  LogEntryConnection?: LogEntryConnectionResolvers<ContextType>;
  LogEntryEdge?: LogEntryEdgeResolvers<ContextType>;
  LogInclusionProof?: LogInclusionProofResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  SignedDocument?: GraphQLScalarType;
  Zone?: ZoneResolvers<ContextType>;
  ZoneKey?: ZoneKeyResolvers<ContextType>;
};

