import type { Did } from '@sez/core/did';
import type { Digest } from '@sez/core/digest';
import type { Uuid } from '@sez/core/ids';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { LogReference as LogReferenceRow } from '@sez/platform/outbox';
import type { LocalFormRow, AddressRow, InitialSharesRow, ActivitiesRow, JurisdictionRow, EntityRow, MemberRow, OfficerRow, StatusTransitionRow, EntityPayloadRow, MembershipPayloadRow, OfficerPayloadRow, EntityStatusChangedRow, NameConflictRow, EntityConnectionRow, StatusTransitionConnectionRow } from './tables.ts';
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
  /** An integer of any size as text, for example `10000`. */
  BigInt: { input: bigint; output: bigint; }
  /** An ISO 3166-1 alpha-2 country, for example `PK`. */
  CountryCode: { input: string; output: string; }
  /** An ISO 4217 currency, for example `PKR`. */
  Currency: { input: string; output: string; }
  /** A calendar date, for example `2026-01-31`. */
  Date: { input: string; output: string; }
  /** An instant in UTC with milliseconds, for example `2026-01-31T09:30:00.000Z`. */
  DateTime: { input: Date; output: Date | string; }
  /** An exact decimal number as text, for example `100000.00`. */
  Decimal: { input: string; output: string; }
  /** A decentralized identifier, for example `did:key:z6Mk…`. */
  Did: { input: Did; output: Did; }
  /** The SHA-256 of canonical bytes: 64 lower-case hexadecimal digits. */
  Digest: { input: Digest; output: Digest; }
  /** A UUID in lower case. */
  Uuid: { input: Uuid; output: Uuid; }
  _FieldSet: { input: string; output: string; }
};

/** What an entity does. */
export type Activities = {
  /** At length. */
  description: Maybe<Scalars['String']['output']>;
  /** ISIC revision 4 codes. */
  isicCodes: Array<Scalars['String']['output']>;
  /** In a few words. */
  primary: Scalars['String']['output'];
};

/** What an entity does. */
export type ActivitiesInput = {
  /** At length; up to 2,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** ISIC revision 4 codes, a section letter or two to four digits; at most 20. */
  isicCodes?: InputMaybe<Array<Scalars['String']['input']>>;
  /** In a few words; up to 200 characters. */
  primary: Scalars['String']['input'];
};

/** A membership to begin. */
export type AddEntityMemberInput = {
  /** Who shall be a member. */
  did: Scalars['Did']['input'];
  /** The entity. */
  entityId: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** An address. */
export type Address = {
  /** Town or city. */
  city: Scalars['String']['output'];
  /** Country. */
  country: Scalars['CountryCode']['output'];
  /** Street and number, or post box. */
  line1: Scalars['String']['output'];
  /** Building, floor, unit. */
  line2: Maybe<Scalars['String']['output']>;
  /** Postal code. */
  postalCode: Maybe<Scalars['String']['output']>;
  /** State, province or emirate. */
  region: Maybe<Scalars['String']['output']>;
};

/** An address. */
export type AddressInput = {
  /** Town or city; up to 100 characters. */
  city: Scalars['String']['input'];
  /** Country. */
  country: Scalars['CountryCode']['input'];
  /** Street and number, or post box; up to 200 characters. */
  line1: Scalars['String']['input'];
  /** Building, floor, unit; up to 200 characters. */
  line2?: InputMaybe<Scalars['String']['input']>;
  /** Postal code; up to 20 characters. */
  postalCode?: InputMaybe<Scalars['String']['input']>;
  /** State, province or emirate; up to 100 characters. */
  region?: InputMaybe<Scalars['String']['input']>;
};

/** An appointment to begin. */
export type AppointOfficerInput = {
  /** They have consented to act; must be true. */
  consentToAct: Scalars['Boolean']['input'];
  /** The draft. */
  entityId: Scalars['ID']['input'];
  /** The version the appointment is added to. */
  expectedVersion: Scalars['Int']['input'];
  /** They are fit and proper to act; must be true. */
  fitAndProper: Scalars['Boolean']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** Their identity. */
  identity: Scalars['Did']['input'];
  /** Name as on their identity document; up to 300 characters, not blank. */
  name: Scalars['String']['input'];
  /** Country of nationality. */
  nationality: Scalars['CountryCode']['input'];
  /** Whether they live in the entity's country. */
  resident: Scalars['Boolean']['input'];
  /** What they shall do. */
  role: OfficerRole;
};

/** An application to be entered on the register. */
export type ApproveFormationInput = {
  /** Digests of the documents it was checked against; at most 50, none twice. */
  evidence: Array<Scalars['Digest']['input']>;
  /** The version that was examined. */
  expectedVersion: Scalars['Int']['input'];
  /** The application. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** A draft. */
export type CreateEntityInput = {
  /** What it does. */
  activities?: InputMaybe<ActivitiesInput>;
  /** What kind of legal person it shall be. */
  entityType: EntityType;
  /** The last day of its financial year, `MM-DD`. */
  financialYearEnd?: InputMaybe<Scalars['String']['input']>;
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** The shares its incorporators take; at most 100 entries. */
  initialIssuance?: InputMaybe<Array<InitialSharesInput>>;
  /** The jurisdiction whose register it wants to be on. */
  jurisdictionId: Scalars['ID']['input'];
  /** The name it wants on the register; up to 500 characters, at least one of them a letter or digit. */
  legalName: Scalars['String']['input'];
  /** Its Legal Entity Identifier, if it has one already. */
  lei?: InputMaybe<Scalars['String']['input']>;
  /** Its legal form; left out, the jurisdiction's usual one for that kind. */
  localForm?: InputMaybe<Scalars['String']['input']>;
  /** Where the register and courts reach it. */
  registeredOffice?: InputMaybe<AddressInput>;
  /** The capital it may raise by its articles. */
  shareCapital?: InputMaybe<ShareCapitalInput>;
  /** Other names it trades under; at most 10 of 500 characters. */
  tradingNames?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A condition on an instant. */
export type DateTimeFilter = {
  /** Not before this one. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this one. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What the incorporators declare. Each must be literally true, or the application is refused. */
export type DeclarationsInput = {
  /** The money-laundering rules are kept. */
  amlCompliance?: InputMaybe<Scalars['Boolean']['input']>;
  /** Who submits is authorized to. */
  authorizedSignatory?: InputMaybe<Scalars['Boolean']['input']>;
  /** The register may check all of it. */
  consentToChecks?: InputMaybe<Scalars['Boolean']['input']>;
  /** Nobody involved is under sanctions. */
  sanctionsClearance?: InputMaybe<Scalars['Boolean']['input']>;
  /** All that is stated is true and complete. */
  truthful?: InputMaybe<Scalars['Boolean']['input']>;
};

/**
 * A company or another legal person. Once it has a registration number, `id`, `legalName`,
 * `entityType`, `jurisdiction`, `registrationNumber`, `status` and `phase` are on the public register.
 * Everything else, and everything of an entity that is not registered, is for its members and for
 * officials (registrar, compliance, tax, regulator, auditor, administrator): others get null with
 * UNAUTHORIZED_FIELD, or do not see the entity at all. That is the only reason why fields that every
 * entity has can be null.
 */
export type Entity = Node & {
  /** What it does. */
  activities: Maybe<Activities>;
  /** When it was drafted. */
  createdAt: Maybe<Scalars['DateTime']['output']>;
  /** Who drafted it. */
  createdBy: Maybe<Scalars['Did']['output']>;
  /** What kind of legal person it is. */
  entityType: EntityType;
  /** The last day of its financial year, `MM-DD`. */
  financialYearEnd: Maybe<Scalars['String']['output']>;
  /** The day it was entered on the register. */
  formationDate: Maybe<Scalars['Date']['output']>;
  /** `ent_` and a UUIDv7. */
  id: Scalars['ID']['output'];
  /** The shares its incorporators take when it is formed. */
  initialIssuance: Maybe<Array<InitialShares>>;
  /** The jurisdiction whose register it is or wants to be on. */
  jurisdiction: Jurisdiction;
  /** The id of its jurisdiction. */
  jurisdictionId: Scalars['ID']['output'];
  /** The name it has or wants on the register. */
  legalName: Scalars['String']['output'];
  /** Its Legal Entity Identifier (ISO 17442). */
  lei: Maybe<Scalars['String']['output']>;
  /** Its legal form by the law of its jurisdiction. */
  localForm: Maybe<LocalForm>;
  /** Who may act for it, the earliest first. */
  members: Maybe<Array<Member>>;
  /** What may happen to it next by the operations of this API, and what stands in the way for you now. */
  nextMoves: Maybe<Array<EntityNextMove>>;
  /** Who runs it, in the order of appointment. */
  officers: Maybe<Array<Officer>>;
  /** The same in five words. */
  phase: EntityPhase;
  /** Where the register and courts reach it. */
  registeredOffice: Maybe<Address>;
  /** Its number on that register; null until it is approved. */
  registrationNumber: Maybe<Scalars['String']['output']>;
  /** The capital it may raise by its articles. */
  shareCapital: Maybe<ShareCapital>;
  /** Where it stands in its lifecycle. */
  status: EntityStatus;
  /** When it was last submitted. */
  submittedAt: Maybe<Scalars['DateTime']['output']>;
  /** Who last submitted it. */
  submittedBy: Maybe<Scalars['Did']['output']>;
  /** Other names it trades under. */
  tradingNames: Maybe<Array<Scalars['String']['output']>>;
  /** When it last changed. */
  updatedAt: Maybe<Scalars['DateTime']['output']>;
  /** Grows by one with each change of the entity or its officers; goes into `expectedVersion`. */
  version: Maybe<Scalars['Int']['output']>;
};


/**
 * A company or another legal person. Once it has a registration number, `id`, `legalName`,
 * `entityType`, `jurisdiction`, `registrationNumber`, `status` and `phase` are on the public register.
 * Everything else, and everything of an entity that is not registered, is for its members and for
 * officials (registrar, compliance, tax, regulator, auditor, administrator): others get null with
 * UNAUTHORIZED_FIELD, or do not see the entity at all. That is the only reason why fields that every
 * entity has can be null.
 */
export type EntityOfficersArgs = {
  includeResigned?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A page of entities. */
export type EntityConnection = {
  /** The entities with their cursors. */
  edges: Array<EntityEdge>;
  /** The entities alone. */
  nodes: Array<Entity>;
  /** Whether and where it goes on. */
  pageInfo: PageInfo;
  /** How many there are on all pages; counted only when asked for. */
  totalCount: Scalars['Int']['output'];
};

/** How many entities there are in one status. */
export type EntityCount = {
  /** How many. */
  count: Scalars['Int']['output'];
  /** The status. */
  status: EntityStatus;
};

/** What to change in a draft: left out stays, null empties. */
export type EntityDraftPatch = {
  /** What it does. */
  activities?: InputMaybe<ActivitiesInput>;
  /** What kind of legal person it shall be; cannot be emptied. */
  entityType?: InputMaybe<EntityType>;
  /** The last day of its financial year, `MM-DD`. */
  financialYearEnd?: InputMaybe<Scalars['String']['input']>;
  /** The shares its incorporators take; at most 100 entries. */
  initialIssuance?: InputMaybe<Array<InitialSharesInput>>;
  /** The name it wants on the register; cannot be emptied. */
  legalName?: InputMaybe<Scalars['String']['input']>;
  /** Its Legal Entity Identifier. */
  lei?: InputMaybe<Scalars['String']['input']>;
  /** Its legal form; null, or left out beside a new kind, gives the usual one for that kind. */
  localForm?: InputMaybe<Scalars['String']['input']>;
  /** Where the register and courts reach it. */
  registeredOffice?: InputMaybe<AddressInput>;
  /** The capital it may raise by its articles. */
  shareCapital?: InputMaybe<ShareCapitalInput>;
  /** Other names it trades under; at most 10 of 500 characters. */
  tradingNames?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** An entity on a page. */
export type EntityEdge = {
  /** Its place in the list. */
  cursor: Scalars['String']['output'];
  /** The entity. */
  node: Entity;
};

/** Which entities to list. All conditions of one object must hold. */
export type EntityFilter = {
  /** All of these hold as well. */
  and?: InputMaybe<Array<EntityFilter>>;
  /** By when they were drafted. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By kind of legal person. */
  entityType?: InputMaybe<EntityTypeFilter>;
  /** By jurisdiction id. */
  jurisdictionId?: InputMaybe<TextFilter>;
  /** By legal name, letter by letter. */
  legalName?: InputMaybe<TextFilter>;
  /** At least one of these holds as well. */
  or?: InputMaybe<Array<EntityFilter>>;
  /** By status. */
  status?: InputMaybe<EntityStatusFilter>;
  /** By when they last changed. */
  updatedAt?: InputMaybe<DateTimeFilter>;
};

/** A move through the lifecycle that an operation of this API makes. */
export type EntityMove =
  /** By approveFormation. */
  | 'APPROVE'
  /** By reinstateEntity. */
  | 'REINSTATE'
  /** By rejectFormation. */
  | 'REJECT'
  /** By returnForCorrection. */
  | 'RETURN_FOR_CORRECTION'
  /** By submitFormation. */
  | 'SUBMIT'
  /** By suspendEntity. */
  | 'SUSPEND'
  /** By withdrawFormation. */
  | 'WITHDRAW';

/** A move the lifecycle allows from here. */
export type EntityNextMove = {
  /**
   * The error codes you would meet now as far as the entity itself and your token decide; empty when
   * the way is free. What only the call shows (declarations, a name taken meanwhile) is not foreseen.
   */
  blockedBy: Array<Scalars['String']['output']>;
  /** The move. */
  event: EntityMove;
};

/** The order of a list of entities; equals are ordered by id. */
export type EntityOrder =
  /** Oldest first. */
  | 'CREATED_AT_ASC'
  /** Newest first. */
  | 'CREATED_AT_DESC'
  /** By name, by code point, A first. */
  | 'LEGAL_NAME_ASC'
  /** By name, by code point, A last. */
  | 'LEGAL_NAME_DESC'
  /** Longest unchanged first. */
  | 'UPDATED_AT_ASC'
  /** Last changed first. */
  | 'UPDATED_AT_DESC';

/** What a mutation did to an entity. */
export type EntityPayload = {
  /** The entity as it is now. */
  entity: Entity;
  /** Where the zone log holds the act. */
  log: LogReference;
};

/** An entity's status in five words. */
export type EntityPhase =
  /** ACTIVE, DISSOLVING or REDOMICILING: it exists and acts. */
  | 'ACTIVE'
  /** ARCHIVED. */
  | 'ARCHIVED'
  /** DISSOLVED, STRUCK_OFF, REJECTED or WITHDRAWN: it no longer acts, or never did. */
  | 'DISSOLVED'
  /** DRAFT or APPLIED. */
  | 'FORMATION'
  /** SUSPENDED. */
  | 'SUSPENDED';

/** Where an entity stands in its lifecycle (spec/11-lifecycles.md §2). */
export type EntityStatus =
  /** On the register and free to act. */
  | 'ACTIVE'
  /** Before the registrar. */
  | 'APPLIED'
  /** Kept for the record only. */
  | 'ARCHIVED'
  /** Wound up. */
  | 'DISSOLVED'
  /** Being wound up. */
  | 'DISSOLVING'
  /** Being prepared by its members. */
  | 'DRAFT'
  /** Moving to another jurisdiction. */
  | 'REDOMICILING'
  /** Refused by the registrar. */
  | 'REJECTED'
  /** Removed from the register by the registrar. */
  | 'STRUCK_OFF'
  /** On the register and barred from acting. */
  | 'SUSPENDED'
  /** Given up before registration. */
  | 'WITHDRAWN';

/** A move of an entity, as subscribers get it. */
export type EntityStatusChanged = {
  /** When. */
  at: Scalars['DateTime']['output'];
  /** Resume point: pass it back as `after` and nothing is missed or repeated. */
  cursor: Scalars['String']['output'];
  /** The entity as it is now. */
  entity: Entity;
  /** What moved it; null when it was drafted. */
  event: Maybe<EntityMove>;
  /** The status before; null when it was drafted. */
  from: Maybe<EntityStatus>;
  /** Where the zone log holds it. */
  log: LogReference;
  /** The status after. */
  to: EntityStatus;
  /** The digest of the move in the entity's history. */
  transitionDigest: Scalars['Digest']['output'];
};

/** A condition on a status. */
export type EntityStatusFilter = {
  /** Exactly this one. */
  eq?: InputMaybe<EntityStatus>;
  /** One of these. */
  in?: InputMaybe<Array<EntityStatus>>;
};

/** A kind of legal person, the same words in every jurisdiction. */
export type EntityType =
  /** A branch of a foreign company. */
  | 'BRANCH'
  /** A company limited by shares. */
  | 'CORPORATION'
  /** A decentralized autonomous organization with legal personality. */
  | 'DAO'
  /** A foundation or another body without owners. */
  | 'FOUNDATION'
  /** A limited liability company. */
  | 'LLC'
  /** A limited liability partnership. */
  | 'LLP'
  /** A limited partnership. */
  | 'LP'
  /** A general partnership. */
  | 'PARTNERSHIP'
  /** A person trading alone. */
  | 'SOLE_PROPRIETORSHIP'
  /** A trust. */
  | 'TRUST';

/** A condition on a kind of legal person. */
export type EntityTypeFilter = {
  /** Exactly this one. */
  eq?: InputMaybe<EntityType>;
  /** One of these. */
  in?: InputMaybe<Array<EntityType>>;
};

/** Shares one incorporator takes at formation. */
export type InitialShares = {
  /** Who takes them. */
  recipient: Scalars['Did']['output'];
  /** Their class, for example `ORDINARY`. */
  shareClass: Scalars['String']['output'];
  /** How many. */
  shares: Scalars['BigInt']['output'];
};

/** Shares one incorporator takes at formation. */
export type InitialSharesInput = {
  /** Who takes them. */
  recipient: Scalars['Did']['input'];
  /** Their class, up to 50 characters, for example `ORDINARY`. */
  shareClass: Scalars['String']['input'];
  /** How many, at least one. */
  shares: Scalars['BigInt']['input'];
};

/** A jurisdiction under whose law entities are registered. */
export type Jurisdiction = {
  /** The country it belongs to. */
  country: Scalars['CountryCode']['output'];
  /** The currency share capital is usually stated in. */
  currency: Scalars['Currency']['output'];
  /** For example `PK-RSEZ`. */
  id: Scalars['ID']['output'];
  /** The legal forms its law knows. */
  localForms: Array<LocalForm>;
  /** Its name in English. */
  name: Scalars['String']['output'];
  /** The jurisdiction it is a zone of. */
  parent: Maybe<Jurisdiction>;
};

/** A legal form by the law of one jurisdiction. */
export type LocalForm = {
  /** For example `PRIVATE_LIMITED`, unique in its jurisdiction. */
  code: Scalars['String']['output'];
  /** How many different directors an application needs at least. */
  directorsMinimum: Scalars['Int']['output'];
  /** The kind of legal person it is. */
  entityType: EntityType;
  /** Its name in English. */
  name: Scalars['String']['output'];
};

/** Where the zone log holds an act. */
export type LogReference = {
  /** The digest of the event's canonical text. */
  digest: Scalars['Digest']['output'];
  /** The event's id. */
  eventId: Scalars['ID']['output'];
  /** Its position in the zone log; null for the moment until it is sequenced. */
  position: Maybe<Scalars['BigInt']['output']>;
};

/** A person or system that may act for an entity. */
export type Member = {
  /** Since when. */
  addedAt: Scalars['DateTime']['output'];
  /** By whom. */
  addedBy: Scalars['Did']['output'];
  /** Who. */
  did: Scalars['Did']['output'];
};

/** What a mutation did to a membership. */
export type MembershipPayload = {
  /** The entity as it is now; null when the caller has left it and may see it no longer. */
  entity: Maybe<Entity>;
  /** Where the zone log holds the act. */
  log: LogReference;
};

/** An amount of one currency. */
export type Money = {
  /** The amount, with the currency's decimals. */
  amount: Scalars['Decimal']['output'];
  /** The currency. */
  currency: Scalars['Currency']['output'];
};

/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type Mutation = {
  /**
   * Lets one more person or system act for the entity. Only a member may. Errors: UNAUTHENTICATED,
   * FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, MEMBER_EXISTS, LIST_FULL.
   */
  addEntityMember: MembershipPayload;
  /**
   * Names an officer in a draft. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR,
   * IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, ENTITY_NOT_DRAFT, OFFICER_UNFIT, LIST_FULL.
   */
  appointOfficer: OfficerPayload;
  /**
   * Enters an application on the register: it gets the jurisdiction's next registration number and is
   * ACTIVE. Who created it, ever submitted it, is a member or officer of it or takes its initial shares
   * cannot approve it. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED,
   * NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION, MAKER_CANNOT_APPROVE.
   */
  approveFormation: EntityPayload;
  /**
   * Opens a draft. Its creator becomes its first member. Nothing is reserved by a draft, its name
   * neither. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED,
   * JURISDICTION_UNKNOWN, NAME_REQUIRED, LOCAL_FORM_UNKNOWN.
   */
  createEntity: EntityPayload;
  /**
   * Ends a suspension. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED,
   * NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION.
   */
  reinstateEntity: EntityPayload;
  /**
   * Refuses an application for good; its name is free again. Errors: UNAUTHENTICATED, FORBIDDEN,
   * VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION.
   */
  rejectFormation: EntityPayload;
  /**
   * Ends a membership. Only a member may, the own one included, but the last one stays. Errors:
   * UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, LAST_MEMBER.
   */
  removeEntityMember: MembershipPayload;
  /**
   * Ends an officer's appointment in a draft. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR,
   * IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, ENTITY_NOT_DRAFT.
   */
  resignOfficer: OfficerPayload;
  /**
   * Sends an application back to be corrected: it is a draft again and its name is free. Errors:
   * UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT,
   * INVALID_TRANSITION.
   */
  returnForCorrection: EntityPayload;
  /**
   * Submits a draft to the registrar and takes its name. Errors: UNAUTHENTICATED, FORBIDDEN,
   * VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION,
   * DECLARATION_MISSING, DIRECTORS_MINIMUM, OFFICE_MISSING, AUTHORIZED_EXCEEDED, NAME_TAKEN.
   */
  submitFormation: EntityPayload;
  /**
   * Suspends an active entity. From the same instant every guarded act of the zone that names it is
   * refused with SUBJECT_BLOCKED. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR,
   * IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION.
   */
  suspendEntity: EntityPayload;
  /**
   * Changes a draft. What the patch leaves out stays; null empties it. Errors: UNAUTHENTICATED,
   * FORBIDDEN, VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT,
   * ENTITY_NOT_DRAFT, NAME_REQUIRED, LOCAL_FORM_UNKNOWN.
   */
  updateDraft: EntityPayload;
  /**
   * Gives up a draft or an application; its name is free again. Errors: UNAUTHENTICATED, FORBIDDEN,
   * VALIDATION_ERROR, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VERSION_CONFLICT, INVALID_TRANSITION.
   */
  withdrawFormation: EntityPayload;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationAddEntityMemberArgs = {
  input: AddEntityMemberInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationAppointOfficerArgs = {
  input: AppointOfficerInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationApproveFormationArgs = {
  input: ApproveFormationInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationCreateEntityArgs = {
  input: CreateEntityInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationReinstateEntityArgs = {
  input: ReinstateEntityInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationRejectFormationArgs = {
  input: RejectFormationInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationRemoveEntityMemberArgs = {
  input: RemoveEntityMemberInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationResignOfficerArgs = {
  input: ResignOfficerInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationReturnForCorrectionArgs = {
  input: ReturnForCorrectionInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationSubmitFormationArgs = {
  input: SubmitFormationInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationSuspendEntityArgs = {
  input: SuspendEntityInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationUpdateDraftArgs = {
  input: UpdateDraftInput;
};


/**
 * Formation and supervision of entities. Not here, because each needs what another subgraph decides:
 * dissolution, striking off and restoring, archiving, re-domiciliation, amendments of registered
 * entities, beneficial ownership, licences, fees. The lifecycle they belong to is complete, though
 * (spec/11-lifecycles.md §2), and `EntityStatus` names its states.
 */
export type MutationWithdrawFormationArgs = {
  input: WithdrawFormationInput;
};

/** Whether a name could be submitted now. */
export type NameAvailability = {
  /** True when nothing on the register or before the registrar has the same normalized name. */
  available: Scalars['Boolean']['output'];
  /** What has the same normalized name. */
  conflicts: Array<NameConflict>;
  /** What the comparison is made by (spec/23-entities.md §3). */
  normalized: Scalars['String']['output'];
};

/** An entity that has the name already. */
export type NameConflict = {
  /** The entity; null while it is not on the public register, unless you may see it all the same. */
  entity: Maybe<Entity>;
  /** Its status. */
  status: EntityStatus;
};

/** Whatever has an id of its own. */
export type Node = {
  /** Its id. */
  id: Scalars['ID']['output'];
};

/** A person who runs an entity. */
export type Officer = {
  /** When they were appointed. */
  appointedAt: Scalars['DateTime']['output'];
  /** `off_` and a UUIDv7. */
  id: Scalars['ID']['output'];
  /** Their identity. */
  identity: Scalars['Did']['output'];
  /** Name as on their identity document. */
  name: Scalars['String']['output'];
  /** Country of nationality. */
  nationality: Scalars['CountryCode']['output'];
  /** Whether they live in the entity's country. */
  resident: Scalars['Boolean']['output'];
  /** When they resigned; null while in office. */
  resignedAt: Maybe<Scalars['DateTime']['output']>;
  /** What they do. */
  role: OfficerRole;
};

/** What a mutation did to an officer. */
export type OfficerPayload = {
  /** The entity as it is now. */
  entity: Entity;
  /** Where the zone log holds the act. */
  log: LogReference;
  /** The officer as they are now. */
  officer: Officer;
};

/** What an officer does. The first five are directors. */
export type OfficerRole =
  /** Chief executive. */
  | 'CEO'
  /** Chief financial officer. */
  | 'CFO'
  /** Chair of the board. */
  | 'CHAIRMAN'
  /** Chief operating officer. */
  | 'COO'
  /** Director. */
  | 'DIRECTOR'
  /** Executive director. */
  | 'EXECUTIVE_DIRECTOR'
  /** Liquidator. */
  | 'LIQUIDATOR'
  /** Managing director. */
  | 'MANAGING_DIRECTOR'
  /** Non-executive director. */
  | 'NON_EXECUTIVE_DIRECTOR'
  /** Anything else. */
  | 'OTHER'
  /** President. */
  | 'PRESIDENT'
  /** Registered agent. */
  | 'REGISTERED_AGENT'
  /** Company secretary. */
  | 'SECRETARY'
  /** Treasurer. */
  | 'TREASURER'
  /** Vice president. */
  | 'VICE_PRESIDENT';

/** Whether and where a list goes on. */
export type PageInfo = {
  /** The cursor of the last item, for `after`; null on an empty page. */
  endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there is more after this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there is more before this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first item; null on an empty page. */
  startCursor: Maybe<Scalars['String']['output']>;
};

/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type Query = {
  /**
   * Entities in pages: all of them for officials, the ones they are a member of for everybody else.
   * Errors: UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_EXCEEDED, CURSOR_INVALID, VALIDATION_ERROR.
   */
  entities: Maybe<EntityConnection>;
  /**
   * One entity, by its id or by the number a jurisdiction's register gave it. Null when there is none
   * or when it is not yours to see. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR when neither
   * or both ways of naming it are used.
   */
  entity: Maybe<Entity>;
  /**
   * How many entities there are in each status, statuses without any included, over the same entities
   * that `entities` would list. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR.
   */
  entityCounts: Maybe<Array<EntityCount>>;
  /** One jurisdiction by its id, for example `PK-RSEZ`; null when there is none. Errors: VALIDATION_ERROR. */
  jurisdiction: Maybe<Jurisdiction>;
  /** The jurisdictions under whose law this zone registers entities, by id. */
  jurisdictions: Maybe<Array<Jurisdiction>>;
  /**
   * Whether a name could be submitted now. Two names are the same when their normalized forms are
   * (spec/23-entities.md §3). It promises nothing: the name is taken when an application is submitted.
   * Errors: VALIDATION_ERROR, NAME_REQUIRED, JURISDICTION_UNKNOWN.
   */
  nameAvailability: NameAvailability;
  /** An object by its id alone, whose prefix says what it is: `ent_` an entity. Null when there is none or it is not yours to see. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR. */
  node: Maybe<Node>;
  /**
   * The moves of one entity through its lifecycle, oldest first. Null when there is no such entity or
   * it is not yours to see. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, PAGE_SIZE_EXCEEDED,
   * CURSOR_INVALID.
   */
  statusHistory: Maybe<StatusTransitionConnection>;
  /** Who the zone thinks is asking: the holder of the token, or nobody in particular. */
  viewer: Viewer;
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryEntitiesArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<EntityFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<EntityOrder>;
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryEntityArgs = {
  id: InputMaybe<Scalars['ID']['input']>;
  jurisdictionId: InputMaybe<Scalars['ID']['input']>;
  registrationNumber: InputMaybe<Scalars['String']['input']>;
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryEntityCountsArgs = {
  jurisdictionId: InputMaybe<Scalars['ID']['input']>;
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryJurisdictionArgs = {
  id: Scalars['ID']['input'];
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryNameAvailabilityArgs = {
  jurisdictionId: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** What every entity of the zone can be found by: the register of companies and other legal persons. */
export type QueryStatusHistoryArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  entityId: Scalars['ID']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** An entity to be reinstated. */
export type ReinstateEntityInput = {
  /** Digests of the documents it rests on; one to 50, none twice. */
  evidence: Array<Scalars['Digest']['input']>;
  /** The version the decision was made on. */
  expectedVersion: Scalars['Int']['input'];
  /** The entity. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** Why; up to 2,000 characters, not blank. */
  reason: Scalars['String']['input'];
};

/** An application to be refused. */
export type RejectFormationInput = {
  /** The version that was examined. */
  expectedVersion: Scalars['Int']['input'];
  /** The application. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** Why; up to 2,000 characters, not blank. */
  reason: Scalars['String']['input'];
};

/** A membership to end. */
export type RemoveEntityMemberInput = {
  /** Who shall be a member no longer. */
  did: Scalars['Did']['input'];
  /** The entity. */
  entityId: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** An appointment to end. */
export type ResignOfficerInput = {
  /** The draft. */
  entityId: Scalars['ID']['input'];
  /** The version the appointment is ended in. */
  expectedVersion: Scalars['Int']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** The officer. */
  officerId: Scalars['ID']['input'];
};

/** An application to be corrected. */
export type ReturnForCorrectionInput = {
  /** The version that was examined. */
  expectedVersion: Scalars['Int']['input'];
  /** The application. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** What has to be corrected; up to 2,000 characters, not blank. */
  reason: Scalars['String']['input'];
};

/** What a token's holder may act as. Roles are a set: none includes another. */
export type Role =
  /** An administrator of the zone. */
  | 'ADMIN'
  /** An auditor, who reads only. */
  | 'AUDITOR'
  /** A person, for themselves. */
  | 'CITIZEN'
  /** A compliance officer. */
  | 'COMPLIANCE'
  /** Somebody who acts for an entity they are a member of. */
  | 'OPERATOR'
  /** A partner's system. */
  | 'PARTNER'
  /** An officer of the register. */
  | 'REGISTRAR'
  /** A supervisor, who reads only. */
  | 'REGULATOR'
  /** Somebody who signs for an entity they are a member of. */
  | 'SIGNATORY'
  /** A system of the zone. */
  | 'SYSTEM'
  /** A tax officer. */
  | 'TAX';

/** The capital an entity may raise by its articles. */
export type ShareCapital = {
  /** All of it. */
  authorized: Money;
  /** How many whole shares of par value that allows. */
  authorizedShares: Scalars['BigInt']['output'];
  /** What one share stands for. */
  parValue: Money;
};

/** The capital an entity may raise by its articles. */
export type ShareCapitalInput = {
  /** All of it, not negative and with no more decimals than the currency has. */
  authorized: Scalars['Decimal']['input'];
  /** The currency of both. */
  currency: Scalars['Currency']['input'];
  /** What one share stands for, greater than zero. */
  parValue: Scalars['Decimal']['input'];
};

/** One move of an entity through its lifecycle, linked to the one before it. */
export type StatusTransition = {
  /** Who. */
  actor: Scalars['Did']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** The digest of this move (spec/23-entities.md §5). */
  digest: Scalars['Digest']['output'];
  /** What moved it; null for the first, which creates the draft. */
  event: Maybe<EntityMove>;
  /** Digests of the documents it rests on. */
  evidence: Array<Scalars['Digest']['output']>;
  /** The status before; null for the first. */
  from: Maybe<EntityStatus>;
  /** Where the zone log holds it. */
  log: LogReference;
  /** The digest of the move before; null for the first. */
  prevDigest: Maybe<Scalars['Digest']['output']>;
  /** Why, where a reason was given. */
  reason: Maybe<Scalars['String']['output']>;
  /** Counted from 1 for each entity, without gaps. */
  seq: Scalars['Int']['output'];
  /** The status after. */
  to: EntityStatus;
};

/** A page of an entity's history. */
export type StatusTransitionConnection = {
  /** True when every digest of the whole history was computed again and every link holds. */
  chainValid: Scalars['Boolean']['output'];
  /** The moves with their cursors. */
  edges: Array<StatusTransitionEdge>;
  /** The moves alone. */
  nodes: Array<StatusTransition>;
  /** Whether and where it goes on. */
  pageInfo: PageInfo;
  /** How many there are on all pages; counted only when asked for. */
  totalCount: Scalars['Int']['output'];
};

/** A move on a page. */
export type StatusTransitionEdge = {
  /** Its place in the list. */
  cursor: Scalars['String']['output'];
  /** The move. */
  node: StatusTransition;
};

/** A draft to be submitted. */
export type SubmitFormationInput = {
  /** What the incorporators declare. */
  declarations: DeclarationsInput;
  /** The version that is submitted. */
  expectedVersion: Scalars['Int']['input'];
  /** The draft. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
};

/** What happens to entities, as it happens and from any point of the past. */
export type Subscription = {
  /**
   * Every move of an entity through its lifecycle, in order, each exactly once: first all that came
   * after `after`, then each new one as it is committed. Moves of entities you may not see are left
   * out. Errors: UNAUTHENTICATED, FORBIDDEN, VALIDATION_ERROR, NOT_FOUND, CURSOR_INVALID,
   * CURSOR_FORKED, FUTURE_CURSOR, EXPIRED_CURSOR, SUBSCRIBER_TOO_SLOW.
   */
  entityStatusChanged: EntityStatusChanged;
};


/** What happens to entities, as it happens and from any point of the past. */
export type SubscriptionEntityStatusChangedArgs = {
  after: InputMaybe<Scalars['String']['input']>;
  entityId: InputMaybe<Scalars['ID']['input']>;
  jurisdictionId: InputMaybe<Scalars['ID']['input']>;
};

/** An entity to be suspended. */
export type SuspendEntityInput = {
  /** Digests of the documents it rests on; one to 50, none twice. */
  evidence: Array<Scalars['Digest']['input']>;
  /** The version the decision was made on. */
  expectedVersion: Scalars['Int']['input'];
  /** The entity. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** Why; up to 2,000 characters, not blank. */
  reason: Scalars['String']['input'];
};

/** A condition on a text. */
export type TextFilter = {
  /** Exactly this one. */
  eq?: InputMaybe<Scalars['String']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Begins with this, letter by letter. */
  prefix?: InputMaybe<Scalars['String']['input']>;
};

/** Changes of a draft. */
export type UpdateDraftInput = {
  /** The version the changes were made against. */
  expectedVersion: Scalars['Int']['input'];
  /** The draft. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
  /** The changes; at least one. */
  patch: EntityDraftPatch;
};

/** The holder of the token that came with the request. */
export type Viewer = {
  /** Who they are; null without a token. */
  did: Maybe<Scalars['Did']['output']>;
  /** What they may act as; empty without a token. */
  roles: Array<Role>;
};

/** A draft or application to be given up. */
export type WithdrawFormationInput = {
  /** The version that is given up. */
  expectedVersion: Scalars['Int']['input'];
  /** The draft or application. */
  id: Scalars['ID']['input'];
  /** The same key with the same input gives the same answer for 24 hours, however often it is sent. */
  idempotencyKey?: InputMaybe<Scalars['Uuid']['input']>;
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
  Entity: Entity;
  Jurisdiction: Jurisdiction;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Entity:
    ( { __typename: 'Entity' }
    & ( GraphQLRecursivePick<FederationTypes['Entity'], {"id":true}>
        | GraphQLRecursivePick<FederationTypes['Entity'], {"jurisdictionId":true,"registrationNumber":true}> ) );
  Jurisdiction:
    ( { __typename: 'Jurisdiction' }
    & GraphQLRecursivePick<FederationTypes['Jurisdiction'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node: ( EntityRow );
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Activities: ResolverTypeWrapper<ActivitiesRow>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ActivitiesInput: ActivitiesInput;
  AddEntityMemberInput: AddEntityMemberInput;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Address: ResolverTypeWrapper<AddressRow>;
  AddressInput: AddressInput;
  AppointOfficerInput: AppointOfficerInput;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ApproveFormationInput: ApproveFormationInput;
  BigInt: ResolverTypeWrapper<Scalars['BigInt']['output']>;
  CountryCode: ResolverTypeWrapper<Scalars['CountryCode']['output']>;
  CreateEntityInput: CreateEntityInput;
  Currency: ResolverTypeWrapper<Scalars['Currency']['output']>;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DateTimeFilter: DateTimeFilter;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  DeclarationsInput: DeclarationsInput;
  Did: ResolverTypeWrapper<Scalars['Did']['output']>;
  Digest: ResolverTypeWrapper<Scalars['Digest']['output']>;
  Entity: ResolverTypeWrapper<EntityRow>;
  EntityConnection: ResolverTypeWrapper<EntityConnectionRow>;
  EntityCount: ResolverTypeWrapper<EntityCount>;
  EntityDraftPatch: EntityDraftPatch;
  EntityEdge: ResolverTypeWrapper<Omit<EntityEdge, 'node'> & { node: ResolversTypes['Entity'] }>;
  EntityFilter: EntityFilter;
  EntityMove: EntityMove;
  EntityNextMove: ResolverTypeWrapper<EntityNextMove>;
  EntityOrder: EntityOrder;
  EntityPayload: ResolverTypeWrapper<EntityPayloadRow>;
  EntityPhase: EntityPhase;
  EntityStatus: EntityStatus;
  EntityStatusChanged: ResolverTypeWrapper<EntityStatusChangedRow>;
  EntityStatusFilter: EntityStatusFilter;
  EntityType: EntityType;
  EntityTypeFilter: EntityTypeFilter;
  InitialShares: ResolverTypeWrapper<InitialSharesRow>;
  InitialSharesInput: InitialSharesInput;
  Jurisdiction: ResolverTypeWrapper<JurisdictionRow>;
  LocalForm: ResolverTypeWrapper<LocalFormRow>;
  LogReference: ResolverTypeWrapper<LogReferenceRow>;
  Member: ResolverTypeWrapper<MemberRow>;
  MembershipPayload: ResolverTypeWrapper<MembershipPayloadRow>;
  Money: ResolverTypeWrapper<Money>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NameAvailability: ResolverTypeWrapper<Omit<NameAvailability, 'conflicts'> & { conflicts: Array<ResolversTypes['NameConflict']> }>;
  NameConflict: ResolverTypeWrapper<NameConflictRow>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  Officer: ResolverTypeWrapper<OfficerRow>;
  OfficerPayload: ResolverTypeWrapper<OfficerPayloadRow>;
  OfficerRole: OfficerRole;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ReinstateEntityInput: ReinstateEntityInput;
  RejectFormationInput: RejectFormationInput;
  RemoveEntityMemberInput: RemoveEntityMemberInput;
  ResignOfficerInput: ResignOfficerInput;
  ReturnForCorrectionInput: ReturnForCorrectionInput;
  Role: Role;
  ShareCapital: ResolverTypeWrapper<ShareCapital>;
  ShareCapitalInput: ShareCapitalInput;
  StatusTransition: ResolverTypeWrapper<StatusTransitionRow>;
  StatusTransitionConnection: ResolverTypeWrapper<StatusTransitionConnectionRow>;
  StatusTransitionEdge: ResolverTypeWrapper<Omit<StatusTransitionEdge, 'node'> & { node: ResolversTypes['StatusTransition'] }>;
  SubmitFormationInput: SubmitFormationInput;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SuspendEntityInput: SuspendEntityInput;
  TextFilter: TextFilter;
  UpdateDraftInput: UpdateDraftInput;
  Uuid: ResolverTypeWrapper<Scalars['Uuid']['output']>;
  Viewer: ResolverTypeWrapper<Viewer>;
  WithdrawFormationInput: WithdrawFormationInput;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activities: ActivitiesRow;
  String: Scalars['String']['output'];
  ActivitiesInput: ActivitiesInput;
  AddEntityMemberInput: AddEntityMemberInput;
  ID: Scalars['ID']['output'];
  Address: AddressRow;
  AddressInput: AddressInput;
  AppointOfficerInput: AppointOfficerInput;
  Boolean: Scalars['Boolean']['output'];
  Int: Scalars['Int']['output'];
  ApproveFormationInput: ApproveFormationInput;
  BigInt: Scalars['BigInt']['output'];
  CountryCode: Scalars['CountryCode']['output'];
  CreateEntityInput: CreateEntityInput;
  Currency: Scalars['Currency']['output'];
  Date: Scalars['Date']['output'];
  DateTime: Scalars['DateTime']['output'];
  DateTimeFilter: DateTimeFilter;
  Decimal: Scalars['Decimal']['output'];
  DeclarationsInput: DeclarationsInput;
  Did: Scalars['Did']['output'];
  Digest: Scalars['Digest']['output'];
  Entity: EntityRow;
  EntityConnection: EntityConnectionRow;
  EntityCount: EntityCount;
  EntityDraftPatch: EntityDraftPatch;
  EntityEdge: Omit<EntityEdge, 'node'> & { node: ResolversParentTypes['Entity'] };
  EntityFilter: EntityFilter;
  EntityNextMove: EntityNextMove;
  EntityPayload: EntityPayloadRow;
  EntityStatusChanged: EntityStatusChangedRow;
  EntityStatusFilter: EntityStatusFilter;
  EntityTypeFilter: EntityTypeFilter;
  InitialShares: InitialSharesRow;
  InitialSharesInput: InitialSharesInput;
  Jurisdiction: JurisdictionRow;
  LocalForm: LocalFormRow;
  LogReference: LogReferenceRow;
  Member: MemberRow;
  MembershipPayload: MembershipPayloadRow;
  Money: Money;
  Mutation: Record<PropertyKey, never>;
  NameAvailability: Omit<NameAvailability, 'conflicts'> & { conflicts: Array<ResolversParentTypes['NameConflict']> };
  NameConflict: NameConflictRow;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  Officer: OfficerRow;
  OfficerPayload: OfficerPayloadRow;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  ReinstateEntityInput: ReinstateEntityInput;
  RejectFormationInput: RejectFormationInput;
  RemoveEntityMemberInput: RemoveEntityMemberInput;
  ResignOfficerInput: ResignOfficerInput;
  ReturnForCorrectionInput: ReturnForCorrectionInput;
  ShareCapital: ShareCapital;
  ShareCapitalInput: ShareCapitalInput;
  StatusTransition: StatusTransitionRow;
  StatusTransitionConnection: StatusTransitionConnectionRow;
  StatusTransitionEdge: Omit<StatusTransitionEdge, 'node'> & { node: ResolversParentTypes['StatusTransition'] };
  SubmitFormationInput: SubmitFormationInput;
  Subscription: Record<PropertyKey, never>;
  SuspendEntityInput: SuspendEntityInput;
  TextFilter: TextFilter;
  UpdateDraftInput: UpdateDraftInput;
  Uuid: Scalars['Uuid']['output'];
  Viewer: Viewer;
  WithdrawFormationInput: WithdrawFormationInput;
};

export type ActivitiesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Activities'] = ResolversParentTypes['Activities']> = {
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  isicCodes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  primary?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type AddressResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Address'] = ResolversParentTypes['Address']> = {
  city?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  country?: Resolver<ResolversTypes['CountryCode'], ParentType, ContextType>;
  line1?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  line2?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  postalCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface BigIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['BigInt'], any> {
  name: 'BigInt';
}

export interface CountryCodeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['CountryCode'], any> {
  name: 'CountryCode';
}

export interface CurrencyScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Currency'], any> {
  name: 'Currency';
}

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DecimalScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Decimal'], any> {
  name: 'Decimal';
}

export interface DidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Did'], any> {
  name: 'Did';
}

export interface DigestScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Digest'], any> {
  name: 'Digest';
}

export type EntityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Entity'] = ResolversParentTypes['Entity'], FederationReferenceType extends FederationReferenceTypes['Entity'] = FederationReferenceTypes['Entity']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Entity']> | FederationReferenceType, FederationReferenceType, ContextType>;
  activities?: Resolver<Maybe<ResolversTypes['Activities']>, ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  createdBy?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  entityType?: Resolver<ResolversTypes['EntityType'], ParentType, ContextType>;
  financialYearEnd?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  formationDate?: Resolver<Maybe<ResolversTypes['Date']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  initialIssuance?: Resolver<Maybe<Array<ResolversTypes['InitialShares']>>, ParentType, ContextType>;
  jurisdiction?: Resolver<ResolversTypes['Jurisdiction'], ParentType, ContextType>;
  jurisdictionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  legalName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  lei?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  localForm?: Resolver<Maybe<ResolversTypes['LocalForm']>, ParentType, ContextType>;
  members?: Resolver<Maybe<Array<ResolversTypes['Member']>>, ParentType, ContextType>;
  nextMoves?: Resolver<Maybe<Array<ResolversTypes['EntityNextMove']>>, ParentType, ContextType>;
  officers?: Resolver<Maybe<Array<ResolversTypes['Officer']>>, ParentType, ContextType, RequireFields<EntityOfficersArgs, 'includeResigned'>>;
  phase?: Resolver<ResolversTypes['EntityPhase'], ParentType, ContextType>;
  registeredOffice?: Resolver<Maybe<ResolversTypes['Address']>, ParentType, ContextType>;
  registrationNumber?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  shareCapital?: Resolver<Maybe<ResolversTypes['ShareCapital']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['EntityStatus'], ParentType, ContextType>;
  submittedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  submittedBy?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  tradingNames?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  updatedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EntityConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityConnection'] = ResolversParentTypes['EntityConnection']> = {
  edges?: Resolver<Array<ResolversTypes['EntityEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Entity']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EntityCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityCount'] = ResolversParentTypes['EntityCount']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['EntityStatus'], ParentType, ContextType>;
};

export type EntityEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityEdge'] = ResolversParentTypes['EntityEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Entity'], ParentType, ContextType>;
};

export type EntityNextMoveResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityNextMove'] = ResolversParentTypes['EntityNextMove']> = {
  blockedBy?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  event?: Resolver<ResolversTypes['EntityMove'], ParentType, ContextType>;
};

export type EntityPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityPayload'] = ResolversParentTypes['EntityPayload']> = {
  entity?: Resolver<ResolversTypes['Entity'], ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
};

export type EntityStatusChangedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EntityStatusChanged'] = ResolversParentTypes['EntityStatusChanged']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  entity?: Resolver<ResolversTypes['Entity'], ParentType, ContextType>;
  event?: Resolver<Maybe<ResolversTypes['EntityMove']>, ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['EntityStatus']>, ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['EntityStatus'], ParentType, ContextType>;
  transitionDigest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
};

export type InitialSharesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InitialShares'] = ResolversParentTypes['InitialShares']> = {
  recipient?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  shareClass?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  shares?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
};

export type JurisdictionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Jurisdiction'] = ResolversParentTypes['Jurisdiction'], FederationReferenceType extends FederationReferenceTypes['Jurisdiction'] = FederationReferenceTypes['Jurisdiction']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Jurisdiction']> | FederationReferenceType, FederationReferenceType, ContextType>;
  country?: Resolver<ResolversTypes['CountryCode'], ParentType, ContextType>;
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  localForms?: Resolver<Array<ResolversTypes['LocalForm']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parent?: Resolver<Maybe<ResolversTypes['Jurisdiction']>, ParentType, ContextType>;
};

export type LocalFormResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LocalForm'] = ResolversParentTypes['LocalForm']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  directorsMinimum?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  entityType?: Resolver<ResolversTypes['EntityType'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LogReferenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogReference'] = ResolversParentTypes['LogReference']> = {
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  position?: Resolver<Maybe<ResolversTypes['BigInt']>, ParentType, ContextType>;
};

export type MemberResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Member'] = ResolversParentTypes['Member']> = {
  addedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  addedBy?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  did?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
};

export type MembershipPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MembershipPayload'] = ResolversParentTypes['MembershipPayload']> = {
  entity?: Resolver<Maybe<ResolversTypes['Entity']>, ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
};

export type MoneyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Money'] = ResolversParentTypes['Money']> = {
  amount?: Resolver<ResolversTypes['Decimal'], ParentType, ContextType>;
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  addEntityMember?: Resolver<ResolversTypes['MembershipPayload'], ParentType, ContextType, RequireFields<MutationAddEntityMemberArgs, 'input'>>;
  appointOfficer?: Resolver<ResolversTypes['OfficerPayload'], ParentType, ContextType, RequireFields<MutationAppointOfficerArgs, 'input'>>;
  approveFormation?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationApproveFormationArgs, 'input'>>;
  createEntity?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationCreateEntityArgs, 'input'>>;
  reinstateEntity?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationReinstateEntityArgs, 'input'>>;
  rejectFormation?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationRejectFormationArgs, 'input'>>;
  removeEntityMember?: Resolver<ResolversTypes['MembershipPayload'], ParentType, ContextType, RequireFields<MutationRemoveEntityMemberArgs, 'input'>>;
  resignOfficer?: Resolver<ResolversTypes['OfficerPayload'], ParentType, ContextType, RequireFields<MutationResignOfficerArgs, 'input'>>;
  returnForCorrection?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationReturnForCorrectionArgs, 'input'>>;
  submitFormation?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationSubmitFormationArgs, 'input'>>;
  suspendEntity?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationSuspendEntityArgs, 'input'>>;
  updateDraft?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationUpdateDraftArgs, 'input'>>;
  withdrawFormation?: Resolver<ResolversTypes['EntityPayload'], ParentType, ContextType, RequireFields<MutationWithdrawFormationArgs, 'input'>>;
};

export type NameAvailabilityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NameAvailability'] = ResolversParentTypes['NameAvailability']> = {
  available?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  conflicts?: Resolver<Array<ResolversTypes['NameConflict']>, ParentType, ContextType>;
  normalized?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type NameConflictResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NameConflict'] = ResolversParentTypes['NameConflict']> = {
  entity?: Resolver<Maybe<ResolversTypes['Entity']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['EntityStatus'], ParentType, ContextType>;
};

export type NodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Entity', ParentType, ContextType>;
};

export type OfficerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Officer'] = ResolversParentTypes['Officer']> = {
  appointedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  identity?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  nationality?: Resolver<ResolversTypes['CountryCode'], ParentType, ContextType>;
  resident?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  resignedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['OfficerRole'], ParentType, ContextType>;
};

export type OfficerPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['OfficerPayload'] = ResolversParentTypes['OfficerPayload']> = {
  entity?: Resolver<ResolversTypes['Entity'], ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  officer?: Resolver<ResolversTypes['Officer'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  entities?: Resolver<Maybe<ResolversTypes['EntityConnection']>, ParentType, ContextType, RequireFields<QueryEntitiesArgs, 'first' | 'orderBy'>>;
  entity?: Resolver<Maybe<ResolversTypes['Entity']>, ParentType, ContextType, Partial<QueryEntityArgs>>;
  entityCounts?: Resolver<Maybe<Array<ResolversTypes['EntityCount']>>, ParentType, ContextType, Partial<QueryEntityCountsArgs>>;
  jurisdiction?: Resolver<Maybe<ResolversTypes['Jurisdiction']>, ParentType, ContextType, RequireFields<QueryJurisdictionArgs, 'id'>>;
  jurisdictions?: Resolver<Maybe<Array<ResolversTypes['Jurisdiction']>>, ParentType, ContextType>;
  nameAvailability?: Resolver<ResolversTypes['NameAvailability'], ParentType, ContextType, RequireFields<QueryNameAvailabilityArgs, 'jurisdictionId' | 'name'>>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  statusHistory?: Resolver<Maybe<ResolversTypes['StatusTransitionConnection']>, ParentType, ContextType, RequireFields<QueryStatusHistoryArgs, 'entityId' | 'first'>>;
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
};

export type ShareCapitalResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ShareCapital'] = ResolversParentTypes['ShareCapital']> = {
  authorized?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  authorizedShares?: Resolver<ResolversTypes['BigInt'], ParentType, ContextType>;
  parValue?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
};

export type StatusTransitionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StatusTransition'] = ResolversParentTypes['StatusTransition']> = {
  actor?: Resolver<ResolversTypes['Did'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['Digest'], ParentType, ContextType>;
  event?: Resolver<Maybe<ResolversTypes['EntityMove']>, ParentType, ContextType>;
  evidence?: Resolver<Array<ResolversTypes['Digest']>, ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['EntityStatus']>, ParentType, ContextType>;
  log?: Resolver<ResolversTypes['LogReference'], ParentType, ContextType>;
  prevDigest?: Resolver<Maybe<ResolversTypes['Digest']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['EntityStatus'], ParentType, ContextType>;
};

export type StatusTransitionConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StatusTransitionConnection'] = ResolversParentTypes['StatusTransitionConnection']> = {
  chainValid?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  edges?: Resolver<Array<ResolversTypes['StatusTransitionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['StatusTransition']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type StatusTransitionEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StatusTransitionEdge'] = ResolversParentTypes['StatusTransitionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['StatusTransition'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  entityStatusChanged?: SubscriptionResolver<ResolversTypes['EntityStatusChanged'], "entityStatusChanged", ParentType, ContextType, Partial<SubscriptionEntityStatusChangedArgs>>;
};

export interface UuidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Uuid'], any> {
  name: 'Uuid';
}

export type ViewerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  did?: Resolver<Maybe<ResolversTypes['Did']>, ParentType, ContextType>;
  roles?: Resolver<Array<ResolversTypes['Role']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Activities?: ActivitiesResolvers<ContextType>;
  Address?: AddressResolvers<ContextType>;
  BigInt?: GraphQLScalarType;
  CountryCode?: GraphQLScalarType;
  Currency?: GraphQLScalarType;
  Date?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Decimal?: GraphQLScalarType;
  Did?: GraphQLScalarType;
  Digest?: GraphQLScalarType;
  Entity?: EntityResolvers<ContextType>;
  EntityConnection?: EntityConnectionResolvers<ContextType>;
  EntityCount?: EntityCountResolvers<ContextType>;
  EntityEdge?: EntityEdgeResolvers<ContextType>;
  EntityNextMove?: EntityNextMoveResolvers<ContextType>;
  EntityPayload?: EntityPayloadResolvers<ContextType>;
  EntityStatusChanged?: EntityStatusChangedResolvers<ContextType>;
  InitialShares?: InitialSharesResolvers<ContextType>;
  Jurisdiction?: JurisdictionResolvers<ContextType>;
  LocalForm?: LocalFormResolvers<ContextType>;
  LogReference?: LogReferenceResolvers<ContextType>;
  Member?: MemberResolvers<ContextType>;
  MembershipPayload?: MembershipPayloadResolvers<ContextType>;
  Money?: MoneyResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  NameAvailability?: NameAvailabilityResolvers<ContextType>;
  NameConflict?: NameConflictResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  Officer?: OfficerResolvers<ContextType>;
  OfficerPayload?: OfficerPayloadResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  ShareCapital?: ShareCapitalResolvers<ContextType>;
  StatusTransition?: StatusTransitionResolvers<ContextType>;
  StatusTransitionConnection?: StatusTransitionConnectionResolvers<ContextType>;
  StatusTransitionEdge?: StatusTransitionEdgeResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Uuid?: GraphQLScalarType;
  Viewer?: ViewerResolvers<ContextType>;
};

